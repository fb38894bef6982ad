// Where the addon cannot be loaded: an import never fails, and what computes nothing natively works.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('no addon');

/** What a program prints in a process that may load no addon. */
function withoutAddons(program: string): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--no-addons', '-e', program], {
    cwd: join(__dirname, '../../lib'),
    encoding: 'utf8',
  });
  assert.is(status, 0, stderr);
  return stdout;
}

test('the package is imported, ground distances are made, and the first call that computes says what is wrong', () => {
  const printed = withoutAddons(`
    const { emdLoss, EmdLoss, matrix, tree } = require('./index.js');
    matrix([0, 1, 1, 0]);
    new EmdLoss({ classes: 3, groundDistance: tree([-1, 0, 0]) });
    try {
      emdLoss(new Float32Array(2), [0], { classes: 2 });
    } catch (error) {
      console.log(error.name, error.code);
    }
  `);
  assert.is(printed, 'EmdError NATIVE_LOAD_FAILED\n');
});

test('cuda.status() says so, as often as it is asked, and does not throw', () => {
  const printed = withoutAddons(`
    const { cuda, emdLoss } = require('./index.js');
    cuda.status();
    const { detail, ...status } = cuda.status();
    console.log(JSON.stringify(status));
    try {
      emdLoss(new Float32Array(2), [0], { classes: 2, device: 0 });
    } catch (error) {
      console.log(error.code, error.message === detail);
    }
  `);
  assert.is(printed, '{"available":false,"devices":[],"reason":"no-addon"}\nNATIVE_LOAD_FAILED true\n');
});

test('cuda.status() of a backend that knows no GPUs', () => {
  const program = `
    const { cuda, emdLoss, info, DeviceArray } = require('./index.js');
    const { addon } = require('./backends/node.js');
    require('./backends/current.js').provideBackend(() => ({ version: '1.2.3', host: addon(), gpu: undefined }));
    const { detail, ...status } = cuda.status();
    console.log(JSON.stringify(status), info().cuda.reason, emdLoss(new Float32Array(4), [0], { classes: 4 }).loss);
    for (const attempt of [
      () => emdLoss(new Float32Array(2), [0], { classes: 2, device: 0 }),
      () => DeviceArray.from(new Float32Array(2)),
    ]) {
      try {
        attempt();
      } catch (error) {
        console.log(error.code, error.message.endsWith(detail) && /GPUs are used by native code/.test(detail));
      }
    }
  `;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', program], {
    cwd: join(__dirname, '../../lib'),
    encoding: 'utf8',
  });
  assert.is(status, 0, stderr);
  const unavailable = 'CUDA_UNAVAILABLE true\n';
  const report = '{"available":false,"devices":[],"reason":"no-addon"} no-addon 0.875\n';
  assert.is(stdout, report + unavailable + unavailable);
});

test('metrics are computed', () => {
  assert.is(withoutAddons(`console.log(require('./metrics.js').accuracy([1, 0], [1, 1]))`), '0.5\n');
});

test('a loss is exported as an ONNX model', () => {
  const printed = withoutAddons(`
    const { circular } = require('./index.js');
    const { exportOnnx, OnnxGraph } = require('./onnxruntime.js');
    console.log(exportOnnx({ classes: 5, groundDistance: circular() }).length > 0, typeof OnnxGraph);
  `);
  assert.is(printed, 'true function\n');
});

test.run();
