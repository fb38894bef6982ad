// Where the addon cannot be loaded: an import never fails, and WebAssembly computes.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('no addon');

const lib = join(__dirname, '../../lib');

/** What a program prints in a process that may load no addon. */
function withoutAddons(program: string): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--no-addons', '-e', program], {
    cwd: lib,
    encoding: 'utf8',
  });
  assert.is(status, 0, stderr);
  return stdout;
}

const TEN_LINES = `
  const { EmdLoss, info, matrix, tree } = require('./index.js');
  matrix([0, 1, 1, 0]);
  const loss = new EmdLoss({ classes: 3, groundDistance: tree([-1, 0, 0]) });
  const logits = new Float32Array(3);
  for (let step = 0; step < 20; step++) {
    const { gradient } = loss.evaluate(logits, [2]);
    for (let i = 0; i < 3; i++) logits[i] -= gradient[i];
  }
  console.log(info().backend, loss.evaluate(logits, [2]).loss < 0.1);`;

/** What it prints, and what it is warned of. */
function warned(environment: Record<string, string>, program = TEN_LINES): { stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--no-addons', '-e', program], {
    cwd: lib,
    encoding: 'utf8',
    env: { ...process.env, ...environment },
  });
  assert.is(status, 0, stderr);
  return { stdout, stderr };
}

const count = (text: string, part: string) => text.split(part).length - 1;

test('WebAssembly computes, and one warning says why and what to do', () => {
  const { stdout, stderr } = warned({});
  assert.is(stdout, 'wasm true\n');
  assert.is(count(stderr, 'SQUARED_EMD_WASM'), 1, stderr);
  assert.match(stderr, /Node runs with --no-addons\.\n.*Run it without.*\nWebAssembly computes instead/s);
});

test('workers, and other copies of the package, do not warn again', () => {
  const { stderr } = warned(
    {},
    `
    const { emdLoss } = require('./index.js');
    emdLoss(new Float32Array(2), [0], { classes: 2 });
    for (const key of Object.keys(require.cache)) delete require.cache[key];
    require('./index.js').emdLoss(new Float32Array(2), [0], { classes: 2 });
    const { Worker } = require('node:worker_threads');
    new Worker("require('./index.js').emdLoss(new Float32Array(2), [0], { classes: 2 })", { eval: true });`,
  );
  assert.is(count(stderr, 'SQUARED_EMD_WASM'), 1, stderr);
});

test('who asks for WebAssembly is not warned, and info() says that it was asked for', () => {
  const program = `${TEN_LINES}\nconsole.log(info().why)`;
  const { stdout, stderr } = warned({ SQUARED_EMD_BACKEND: 'wasm' }, program);
  assert.is(stdout, 'wasm true\nThe environment variable SQUARED_EMD_BACKEND is wasm.\n');
  assert.is(stderr, '');
});

/** How a call ends. */
const ATTEMPT = `
  try {
    require('./index.js').emdLoss(new Float32Array(2), [0], { classes: 2 });
  } catch ({ name, code, message }) {
    console.log(name, code, message);
  }`;

test('who asks for native code gets that or an error', () => {
  assert.match(warned({ SQUARED_EMD_BACKEND: 'native' }, ATTEMPT).stdout, /^EmdError NATIVE_LOAD_FAILED .*--no-addons/);
});

test('another backend than there is', () => {
  const { stdout } = warned({ SQUARED_EMD_BACKEND: 'webgl' }, ATTEMPT);
  assert.is(
    stdout,
    `EmdError INVALID_ENVIRONMENT SQUARED_EMD_BACKEND: expected 'native' or 'wasm', received "webgl"\n`,
  );
});

test('an instruction set that WebAssembly has not', () => {
  const { stdout } = warned({ SQUARED_EMD_ISA: 'avx2' }, ATTEMPT);
  assert.match(stdout, /^EmdError INVALID_ENVIRONMENT SQUARED_EMD_ISA: expected .*'simd128'/);
});

test('cuda.status() says so, as often as it is asked, and does not throw', () => {
  const { stdout } = warned(
    {},
    `
    const { cuda, emdLoss } = require('./index.js');
    cuda.status();
    const { detail, ...status } = cuda.status();
    console.log(JSON.stringify(status), /native code alone.*--no-addons/s.test(detail));
    try {
      emdLoss(new Float32Array(2), [0], { classes: 2, device: 0 });
    } catch (error) {
      console.log(error.code, error.message.endsWith(detail));
    }
  `,
  );
  assert.is(stdout, '{"available":false,"devices":[],"reason":"no-addon"} true\nCUDA_UNAVAILABLE true\n');
});

test('cuda.status() of a backend that knows no GPUs', () => {
  const program = `
    const { cuda, emdLoss, info, DeviceArray } = require('./index.js');
    const { addon } = require('./backends/node.js');
    require('./backends/current.js').provideBackend(() => ({ name: 'native', version: '1.2.3', host: addon(), gpu: undefined }));
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
    cwd: lib,
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
