// Every reason why there is no GPU to use, each in a process of its own: a word, a sentence that says what to do, errors that carry it,
// and a CPU that works.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { CudaReason, CudaStatus } from '../../lib/index.js';
import { skip } from '../support/skip.js';
import { isEmulator, status } from './support/gpu.js';

const test = suite('CUDA status');

const root = join(__dirname, '../../..');
const folder = mkdtempSync(join(tmpdir(), 'squared-emd-'));
test.after(() => rmSync(folder, { recursive: true, force: true }));

interface Answer {
  status: CudaStatus;
  errors: { code: string; message: string }[];
  loss: number;
  info: CudaStatus;
}

const program = (packageFolder: string) => `
  const api = require(${JSON.stringify(packageFolder)});
  const errors = [
    () => api.emdLoss(new Float32Array(4), [0], { classes: 4, device: 0 }),
    () => new api.EmdLoss({ classes: 4, device: 0 }),
    () => api.DeviceArray.allocate('float32', 1),
    () => api.DeviceArray.from(new Float32Array(1)),
    () => api.DeviceArray.fromPointer(4096n, 'float32', 1, { device: 0 }),
    () => api.DeviceArray.fromCudaArrayInterface({ shape: [1], typestr: '<f4', data: [4096n, false], version: 3 }),
    () => api.DeviceArray.fromIpcHandle({ device: 0, handle: new Uint8Array(64), byteOffset: 0, byteLength: 4 }, 'float32'),
    () => new api.Stream(),
    () => api.Stream.fromHandle(1n, { device: 0 }),
    () => api.pinned(1),
  ].map((attempt) => {
    try { attempt(); return { code: 'none', message: String(attempt) }; }
    catch ({ code, message }) { return { code: String(code), message }; }
  });
  const { loss } = api.emdLoss(new Float32Array(4), [0], { classes: 4 });
  console.log(JSON.stringify({ status: api.cuda.status(), errors, loss, info: api.info().cuda }));`;

// Variables that are set to undefined are taken away.
function ask(env: Record<string, string | undefined>, packageFolder = root): Answer {
  const {
    status: code,
    stdout,
    stderr,
  } = spawnSync(process.execPath, ['-e', program(packageFolder)], {
    env: { ...process.env, ...env },
    encoding: 'utf8',
  });
  assert.is(code, 0, stderr);
  return JSON.parse(stdout) as Answer;
}

function check(answer: Answer, reason: CudaReason, advice: RegExp): void {
  const { status, errors, loss, info } = answer;
  assert.is(status.available, false);
  assert.is(status.reason, reason);
  assert.match(status.detail as string, advice);
  assert.equal(status.devices, []);
  assert.equal(info, status);
  assert.is(loss, 0.875);
  for (const { code, message } of errors) {
    assert.is(code, 'CUDA_UNAVAILABLE', message);
    assert.ok(message.includes(status.detail as string), message);
  }
}

const library = (name: string, contents?: string | Uint8Array) => {
  const file = join(folder, name);
  if (contents !== undefined) writeFileSync(file, contents);
  return { SQUARED_EMD_CUDA_LIBRARY: file };
};

test('disabled', () => {
  for (const env of [{}, library('missing.so')]) {
    check(ask({ ...env, SQUARED_EMD_CUDA: '0' }), 'disabled', /SQUARED_EMD_CUDA=0.*Unset/);
  }
  for (const value of ['false', 'False', 'off', 'OFF', 'no']) {
    check(ask({ SQUARED_EMD_CUDA: value }), 'disabled', new RegExp(`SQUARED_EMD_CUDA=${value}\\. Unset`));
  }
});

test('SQUARED_EMD_CUDA that says yes, or nothing, does not disable it', () => {
  for (const value of ['', '1', 'true', 'ON', 'yes', 'AUTO']) {
    assert.is.not(ask({ SQUARED_EMD_CUDA: value }).status.reason, 'disabled', value);
  }
});

test('other values of SQUARED_EMD_CUDA are an error that names those that there are', () => {
  for (const value of ['flase', '00', ' ', '-1', 'x'.repeat(10_000)]) {
    const { stderr, status: code } = info({ SQUARED_EMD_CUDA: value }, 'info');
    assert.is(code, 1);
    const received = JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}...` : value);
    const off = "'0', 'false', 'off', 'no' to use no GPU";
    const on = "'1', 'true', 'on', 'yes', 'auto'";
    assert.is(stderr, `SQUARED_EMD_CUDA: expected ${off}, or ${on}, received ${received}\n`);
  }
});

test('not-built', () => {
  const bare = join(folder, 'bare');
  mkdirSync(join(bare, 'build/Release'), { recursive: true });
  cpSync(join(root, 'build/Release/squared_emd.node'), join(bare, 'build/Release/squared_emd.node'));
  cpSync(join(root, 'dist/lib'), join(bare, 'dist/lib'), { recursive: true });
  cpSync(join(root, 'package.json'), join(bare, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(bare, 'node_modules'));
  for (const value of [undefined, '']) {
    check(ask({ SQUARED_EMD_CUDA_LIBRARY: value }, bare), 'not-built', /npm run build:cuda/);
  }
});

test('load-failed', () => {
  for (const env of [
    library('missing.so'),
    library('text.so', 'no library'),
    library('cut-off.so', Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0)),
    // A library, but another one.
    { SQUARED_EMD_CUDA_LIBRARY: join(root, 'build/Release/squared_emd.node') },
    { SQUARED_EMD_CUDA_LIBRARY: folder },
    { SQUARED_EMD_CUDA_LIBRARY: 'x'.repeat(10_000) },
  ]) {
    const answer = ask(env);
    check(answer, 'load-failed', /SQUARED_EMD_CUDA_LIBRARY/);
  }
});

const compile = (name: string, source: string) => {
  const file = library(`${name}.cpp`, source).SQUARED_EMD_CUDA_LIBRARY;
  const env = library(`${name}.so`);
  const { status } = spawnSync(process.env.CXX ?? 'c++', [
    '-shared',
    '-fPIC',
    file,
    '-o',
    env.SQUARED_EMD_CUDA_LIBRARY,
  ]);
  return status === 0 ? env : undefined;
};
const older = compile(
  'older',
  'extern "C" const unsigned* semd_cuda_library() { static unsigned version = 1; return &version; }',
);
const empty = compile('empty', 'extern "C" const void* semd_cuda_library() { return nullptr; }');

if (older === undefined || empty === undefined) skip(test, 'abi-mismatch', 'no C++ compiler');
else {
  test('abi-mismatch', () => {
    check(ask(older), 'abi-mismatch', /version 1, .*Reinstall/);
    check(ask(empty), 'load-failed', /./);
  });
}

const EMULATED: [CudaReason, Record<string, string>, RegExp][] = [
  ['no-driver', { CUDA_EMULATOR_DRIVER: '0' }, /Install driver 580 or newer/],
  [
    'driver-too-old',
    { CUDA_EMULATOR_DRIVER: '12080' },
    /supports CUDA 12\.8, and CUDA 13\.0 is needed.*driver 580 or newer/,
  ],
  ['no-device', { CUDA_EMULATOR_DEVICES: '0' }, /CUDA_VISIBLE_DEVICES/],
  ['no-kernel-image', { CUDA_EMULATOR_NO_KERNEL_IMAGE: '1' }, /compute capability 7\.5/],
  ['self-test-failed', { CUDA_EMULATOR_FAIL_KERNEL: '1', CUDA_EMULATOR_DEVICES: '1' }, /nvidia-smi/],
];
for (const [reason, env, advice] of EMULATED) {
  if (!isEmulator) skip(test, reason, 'only the emulator can be set up for it');
  else test(reason, () => check(ask(env), reason, advice));
}

if (!isEmulator) skip(test, 'one GPU of two fails', 'only the emulator can be set up for it');
else {
  test('one GPU of two fails: the other one is used', () => {
    const { status, errors } = ask({ CUDA_EMULATOR_FAIL_KERNEL: '1', CUDA_EMULATOR_DEVICES: '2' });
    assert.is(status.available, true);
    assert.equal(
      status.devices.map(({ index }) => index),
      [0],
    );
    assert.is(errors[0].code, 'none');
  });
}

if (!status.available) skip(test, 'available', `${status.reason}`);
else {
  test('available', () => {
    const { status, loss } = ask({});
    assert.is(status.available, true);
    assert.equal([status.reason, status.detail], [undefined, undefined]);
    for (const version of [status.driverVersion, status.runtimeVersion]) assert.match(version as string, /^\d+\.\d+$/);
    assert.is(loss, 0.875);
    for (const device of status.devices) {
      const { index, name, computeCapability, totalMemory, multiprocessors } = device;
      assert.ok(Number.isInteger(index) && name.length > 0);
      assert.match(computeCapability, /^\d+\.\d$/);
      assert.ok(totalMemory > 2 ** 20 && Number.isInteger(totalMemory));
      assert.ok(multiprocessors > 0 && Number.isInteger(multiprocessors));
    }
  });
}

const info = (env: Record<string, string>, ...parameters: string[]) =>
  spawnSync(process.execPath, [join(root, 'bin/squared-emd.js'), ...parameters], {
    env: { ...process.env, ...env },
    encoding: 'utf8',
  });

test('squared-emd info prints it all', () => {
  const { stdout, status: code } = info({ SQUARED_EMD_CUDA: '0' }, 'info');
  assert.is(code, 0);
  const { version } = require(join(root, 'package.json')) as { version: string };
  for (const part of [`squared-emd ${version}`, process.versions.node, 'threads', 'baseline', 'disabled', 'Unset']) {
    assert.ok(stdout.includes(part), `${part}: ${stdout}`);
  }
  for (const { name, computeCapability } of status.devices) {
    const here = info({}, 'info').stdout;
    assert.ok(here.includes(name) && here.includes(computeCapability), here);
  }
});

test('squared-emd with anything else says what there is', () => {
  for (const parameters of [[], ['help'], ['info', 'more'], ['--version']]) {
    const { stderr, status: code } = info({}, ...parameters);
    assert.is(code, 2);
    assert.match(stderr, /Usage: squared-emd <command>\n[\s\S]*info[\s\S]*build/);
  }
});

test.run();
