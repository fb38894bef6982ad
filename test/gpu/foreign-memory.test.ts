// Memory that other libraries and other processes own: pointers, the CUDA Array Interface, IPC handles.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { type ArrayInterface, DeviceArray, EmdError, emdLoss, Stream } from '../../lib/index.js';
import { throws } from '../support/errors.js';
import { type Anything, floats, naming, show, wrongKinds, wrongNumbers } from '../support/wrong.js';
import { gpuSuite, twoGpus } from './support/gpu.js';

const test = gpuSuite('foreign memory');

const values = Float32Array.from({ length: 16 }, (_, i) => i);
const host = (array: DeviceArray) => Array.from(array.toHost() as Float32Array);

test('a pointer is the memory itself, and disposing of it gives nothing back', () => {
  const owner = DeviceArray.from(values);
  const array = DeviceArray.fromPointer(owner.pointer, 'float32', 16, { device: 0, owner });
  assert.is(array.pointer, owner.pointer);
  assert.equal(host(array), Array.from(values));
  array.fill(3);
  assert.equal(host(owner), Array(16).fill(3));
  array.dispose();
  assert.equal(host(owner), Array(16).fill(3));
});

test('a pointer to some of an allocation, as another type', () => {
  const owner = DeviceArray.from(values);
  const array = DeviceArray.fromPointer(owner.pointer + 8n, 'uint8', 8, { device: 0 });
  assert.equal(array.toHost(), new Uint8Array(values.buffer, 8, 8).slice());
});

test('the owner lives as long as the array and its views', () => {
  const owner = DeviceArray.from(values);
  const array = DeviceArray.fromPointer(owner.pointer, 'float32', 16, { device: 0, owner });
  assert.equal(host(array.subarray(4, 6)), [4, 5]);
});

test('pointers to what is no such memory', () => {
  const owner = DeviceArray.from(values);
  const at =
    (pointer: bigint, length = 1, device = 0) =>
    () =>
      DeviceArray.fromPointer(pointer, 'float32', length, { device });
  for (const pointer of [0n, 4n, 2n ** 47n, 2n ** 64n - 4n]) throws(at(pointer), RangeError, naming('pointer'));
  throws(at(owner.pointer + 2n), RangeError, naming('pointer'));
  throws(at(owner.pointer, 2 ** 40), RangeError, naming('length'));
  throws(at(owner.pointer + 4n, 2 ** 40), RangeError, naming('length'));
  assert.is(DeviceArray.fromPointer(0n, 'float32', 0, { device: 0 }).length, 0);
});

test(
  'a pointer to memory of another GPU',
  () => {
    const owner = DeviceArray.from(values, { device: 1 });
    throws(() => DeviceArray.fromPointer(owner.pointer, 'float32', 1, { device: 0 }), RangeError, naming('pointer'));
    assert.is(DeviceArray.fromCudaArrayInterface(owner).device, 1);
  },
  twoGpus,
);

test('the CUDA Array Interface goes out and comes in', () => {
  for (const [dtype, typestr] of [
    ['float32', '<f4'],
    ['float16', '<f2'],
    ['bfloat16', '<V2'],
    ['int32', '<i4'],
    ['int64', '<i8'],
    ['uint8', '|u1'],
  ] as const) {
    const array = DeviceArray.allocate(dtype, 6);
    const description = array.cudaArrayInterface;
    const { shape, data, strides, version, stream } = description;
    assert.equal([shape, description.typestr, strides, version], [[6], typestr, null, 3]);
    assert.equal(data, [array.pointer, false]);
    assert.is(typeof stream, 'bigint');
    for (const object of [array, description, { __cuda_array_interface__: description }]) {
      const again = DeviceArray.fromCudaArrayInterface(object);
      assert.equal([again.pointer, again.dtype, again.length], [array.pointer, dtype, 6]);
    }
  }
  assert.equal(DeviceArray.allocate('float32', 0).cudaArrayInterface.data, [0n, false]);
});

test('an interface of several dimensions is flat, and pointers and streams may be numbers', () => {
  const array = DeviceArray.from(values);
  const description: ArrayInterface = {
    shape: [2, 1, 8],
    typestr: '<f4',
    data: [Number(array.pointer), false],
    strides: [32, 999, 4],
    version: 2,
    stream: 1,
  };
  assert.equal(host(DeviceArray.fromCudaArrayInterface(description)), Array.from(values));
  assert.is(DeviceArray.fromCudaArrayInterface({ ...description, shape: [], strides: [] }).length, 1);
  assert.is(
    DeviceArray.fromCudaArrayInterface({ ...description, shape: [0, 5], strides: null, data: [0, false] }).length,
    0,
  );
});

test('memory of an interface is read after the work on its stream', () => {
  const stream = new Stream();
  for (let round = 0; round < 20; round++) {
    const array = DeviceArray.allocate('float32', 100, { stream }).fill(round, { stream });
    assert.is(array.cudaArrayInterface.stream, stream.handle);
    assert.is(host(DeviceArray.fromCudaArrayInterface(array))[99], round);
    array.dispose();
  }
});

test('memory that is only to be read is not written', () => {
  const array = DeviceArray.from(values);
  const { cudaArrayInterface } = array;
  const readOnly = DeviceArray.fromCudaArrayInterface({ ...cudaArrayInterface, data: [array.pointer, true] });
  assert.equal(readOnly.cudaArrayInterface.data, [array.pointer, true]);
  assert.is(emdLoss(readOnly, [0, 1], { classes: 8 }).rows, 2);
  const message = (name: string) => new RegExp(`^${name}: expected .*written`);
  throws(() => readOnly.fill(0), TypeError, message('array'));
  throws(() => readOnly.subarray(1).copyFrom(values.subarray(1)), TypeError, message('array'));
  throws(() => emdLoss(readOnly, [0, 1], { classes: 8, gradient: readOnly }), TypeError, message('gradient'));
  throws(
    () => emdLoss(readOnly, [0, 1], { classes: 8, lossOut: readOnly.subarray(0, 4) }),
    TypeError,
    message('lossOut'),
  );
  assert.equal(host(array), Array.from(values));
});

test('descriptions that are none', () => {
  const array = DeviceArray.from(values);
  const good = array.cudaArrayInterface;
  const cases: Record<string, ReturnType<typeof wrongKinds>> = {
    shape: [...wrongKinds(undefined, null, 16, '16', [1.5], ['1']), ...wrongNumbers([-1], [2 ** 53, 2])],
    typestr: wrongKinds(undefined, null, 1, '<f8', '>f4', 'float32', '<u2'),
    data: wrongKinds(undefined, null, 1n, [], [1n], [1n, 0], ['1', false], [1n, false, 1]),
    strides: [...wrongKinds(1, 'x', [4, 4], []), ...wrongNumbers([8])],
    version: [...wrongKinds(undefined, '3', 2.5), ...wrongNumbers(0, 1)],
    mask: wrongKinds({}, good),
    stream: [...wrongKinds('1', {}), ...wrongNumbers(0, 0n, -1, 0.5, 2n ** 64n)],
  };
  for (const [name, wrong] of Object.entries(cases)) {
    for (const { value, type } of wrong) {
      const description: Anything = { ...good, [name]: value };
      const message = new RegExp(`^${name}(\\[\\d\\])?: expected .+, received .+`, 's');
      throws(() => DeviceArray.fromCudaArrayInterface(description), type, message, `${name} = ${show(value)}`);
    }
  }
  for (const value of [undefined, null, 1, 'x'] as Anything[]) {
    throws(() => DeviceArray.fromCudaArrayInterface(value), TypeError, naming('object'));
  }
  const data = (pointer: bigint): Anything => ({ ...good, data: [pointer, false] });
  throws(() => DeviceArray.fromCudaArrayInterface(data(4096n)), RangeError, /^data\[0\]: expected/);
  throws(() => DeviceArray.fromCudaArrayInterface({ ...good, shape: [2 ** 40] }), RangeError, /^length: expected/);
});

const child = (program: string, parameter: string) =>
  spawnSync(process.execPath, [join(__dirname, 'programs', `${program}.js`), parameter], {
    encoding: 'utf8',
    timeout: 60_000,
  });

test('another process reads and writes memory through its handle', async () => {
  const array = DeviceArray.allocate('float32', 16, { ipc: true });
  array.copyFrom(values);
  for (const part of [array, array.subarray(4, 12)]) {
    const handle = part.ipcHandle();
    assert.equal([handle.device, handle.handle.length, handle.byteLength], [0, 64, part.byteLength]);
    assert.equal(structuredClone(handle), handle);
    const before = host(part);
    const { status, stdout, stderr } = child(
      'ipc-child',
      JSON.stringify({ ...handle, handle: Array.from(handle.handle) }),
    );
    assert.is(status, 0, stderr);
    assert.equal(JSON.parse(stdout), before);
    assert.equal(
      host(part),
      before.map((value) => 2 * value),
    );
  }
});

test('memory of the pool has no handle', () => {
  for (const array of [DeviceArray.allocate('float32', 4), DeviceArray.from(floats(4))]) {
    assert.throws(
      () => array.ipcHandle(),
      (error: unknown) =>
        error instanceof EmdError && error.code === 'IPC_UNSUPPORTED' && /ipc: true/.test(error.message),
    );
  }
  throws(() => DeviceArray.allocate('float32', 0, { ipc: true }).ipcHandle(), RangeError, naming('array'));
});

test('handles that are none', () => {
  const isEmdError = (error: unknown) => error instanceof EmdError && error.code === 'CUDA_ERROR';
  const nothing = { device: 0, handle: new Uint8Array(64), byteOffset: 0, byteLength: 4 };
  assert.throws(() => DeviceArray.fromIpcHandle(nothing, 'float32'), isEmdError);
  const own = DeviceArray.allocate('float32', 4, { ipc: true }).ipcHandle();
  assert.throws(() => DeviceArray.fromIpcHandle(own, 'float32'), isEmdError, 'of this very process');
  assert.is(emdLoss(DeviceArray.from(values), [0, 1], { classes: 8 }).rows, 2, 'the device stays usable');
});

test.run();
