// Device arrays as typed arrays: what goes up comes down, views are views and copies are copies.
import { inspect } from 'node:util';
import * as assert from 'uvu/assert';
import { DeviceArray, type DType, type HostArray, pinned, Stream } from '../../lib/index.js';
import { gpuSuite, status, twoGpus } from './support/gpu.js';

const test = gpuSuite('device arrays');

const SAMPLES: [DType, HostArray][] = [
  ['float32', Float32Array.of(1, -2.5, Number.NaN, Infinity, 1e-40, -0, 7, 8)],
  ['float16', Uint16Array.of(0, 1, 0x3c00, 0x7c00, 0x7e00, 0xffff, 7, 8)],
  ['bfloat16', Uint16Array.of(0, 1, 0x3f80, 0x7f80, 0x7fc0, 0xffff, 7, 8)],
  ['int32', Int32Array.of(0, -1, 2 ** 31 - 1, -(2 ** 31), 5, 6, 7, 8)],
  ['int64', BigInt64Array.of(0n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 5n, 6n, 7n, 8n)],
  ['uint8', Uint8Array.of(0, 1, 255, 128, 5, 6, 7, 8)],
];
const clear = (array: HostArray) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength).fill(0);
const bytes = (array: HostArray) => Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString('hex');
const same = (actual: HostArray, expected: HostArray, what: string) => {
  assert.is(actual.constructor, expected.constructor, what);
  assert.is(bytes(actual), bytes(expected), what);
};

for (const [dtype, values] of SAMPLES) {
  const make = () => DeviceArray.from(values, { dtype });

  test(`${dtype}: up and down`, async () => {
    const array = make();
    assert.equal([array.dtype, array.length, array.byteLength, array.device], [dtype, 8, values.byteLength, 0]);
    assert.is(typeof array.pointer, 'bigint');
    same(array.toHost(), values, 'toHost');
    same(await array.toHostAsync(), values, 'toHostAsync');
    const host = values.slice() as HostArray;
    clear(host);
    array.copyTo(host);
    same(host, values, 'copyTo');
    clear(host);
    await array.copyToAsync(host);
    same(host, values, 'copyToAsync');
    const other = DeviceArray.allocate(dtype, 8);
    other.copyFrom(values);
    same(other.toHost(), values, 'copyFrom');
    const later = DeviceArray.allocate(dtype, 8);
    await later.copyFromAsync(values);
    same(later.toHost(), values, 'copyFromAsync');
  });

  test(`${dtype}: set copies from another array`, () => {
    const array = make();
    const other = DeviceArray.allocate(dtype, 8);
    other.set(array);
    same(other.toHost(), values, 'all');
    other.subarray(0, 3).set(array.subarray(5));
    same(other.toHost().slice(0, 3) as HostArray, values.slice(5), 'views');
    same(other.toHost().slice(3) as HostArray, values.slice(3), 'nothing else');
  });

  test(`${dtype}: views share memory, slices do not`, () => {
    const array = make();
    const view = array.subarray(2, 5);
    const copy = array.slice(2, 5);
    const element = values.byteLength / 8;
    assert.is(view.pointer, array.pointer + BigInt(2 * element));
    same(view.toHost(), values.slice(2, 5), 'view');
    same(copy.toHost(), values.slice(2, 5), 'copy');
    view.copyFrom(values.slice(5, 8));
    same(array.toHost().slice(2, 5) as HostArray, values.slice(5, 8), 'written through the view');
    same(copy.toHost(), values.slice(2, 5), 'the copy');
    same(array.subarray(1).subarray(1, 3).toHost(), array.toHost().slice(2, 4) as HostArray, 'a view of a view');
  });

  test(`${dtype}: places of views are those of typed arrays`, () => {
    const array = make();
    for (const [begin, end] of [[], [3], [3, 5], [-3], [-3, -1], [0, 100], [5, 3], [-100, 2], [2.7, 4.2], [8], [9]]) {
      const what = `${begin}, ${end}`;
      same(array.subarray(begin, end).toHost(), values.subarray(begin, end), `subarray(${what})`);
      same(array.slice(begin, end).toHost(), values.slice(begin, end) as HostArray, `slice(${what})`);
    }
  });

  test(`${dtype}: an array in the middle of a buffer, and one in shared memory`, async () => {
    const element = values.BYTES_PER_ELEMENT;
    for (const buffer of [new ArrayBuffer(20 * element), new SharedArrayBuffer(20 * element)]) {
      const make = values.constructor as new (buffer: ArrayBufferLike, offset: number, length: number) => HostArray;
      const whole = new make(buffer, 0, 20);
      const part = new make(buffer, 3 * element, 8);
      part.set(values as never);
      const array = DeviceArray.from(part, { dtype });
      same(array.toHost(), values, 'from');
      clear(whole);
      array.copyTo(part);
      same(part.slice() as HostArray, values, 'copyTo');
      clear(part);
      await array.copyToAsync(part);
      assert.is(bytes(whole), '00'.repeat(3 * element) + bytes(values) + '00'.repeat(9 * element));
    }
  });

  test(`${dtype}: none of them`, async () => {
    const nothing = DeviceArray.allocate(dtype, 0);
    assert.equal([nothing.length, nothing.byteLength, nothing.pointer], [0, 0, 0n]);
    assert.is((nothing.toHost() as Uint8Array).length, 0);
    assert.is(((await nothing.toHostAsync()) as Uint8Array).length, 0);
    nothing.fill(dtype === 'int64' ? 1n : 1);
    nothing.copyFrom(values.slice(0, 0) as HostArray);
    assert.is(nothing.slice().length, 0);
    assert.is(DeviceArray.from(values, { dtype }).subarray(3, 3).length, 0);
    nothing.dispose();
  });
}

test('fill sets every element, to the ends of the type', () => {
  const filled = (dtype: DType, value: number | bigint) =>
    Array.from(DeviceArray.allocate(dtype, 1001).fill(value).toHost() as Uint8Array);
  for (const value of [0, 1.5, -0, Number.NaN, -Infinity, 1e-40]) {
    assert.equal(filled('float32', value), Array(1001).fill(Math.fround(value)));
  }
  for (const value of [0, 255]) assert.equal(filled('uint8', value), Array(1001).fill(value));
  for (const value of [-(2 ** 31), -1, 2 ** 31 - 1]) assert.equal(filled('int32', value), Array(1001).fill(value));
  for (const value of [-(2n ** 63n), -1n, 2n ** 63n - 1n, -5, 2 ** 53 - 1]) {
    assert.equal(filled('int64', value), Array(1001).fill(BigInt(value)));
  }
  const array = DeviceArray.from(Int32Array.of(1, 2, 3, 4));
  assert.is(array.fill(7), array, 'fill returns the array');
  array.subarray(1, 3).fill(9);
  assert.equal(Array.from(array.toHost() as Int32Array), [7, 9, 9, 7], 'a view alone');
});

test('larger arrays than any staging block', async () => {
  const length = 3_000_001;
  const values = Float32Array.from({ length }, (_, i) => i);
  const array = DeviceArray.from(values);
  same(array.toHost(), values, 'blocking');
  const copy = DeviceArray.allocate('float32', length);
  await copy.copyFromAsync(values);
  same(await copy.toHostAsync(), values, 'asynchronous');
});

test('the host array may change when an asynchronous upload has been called', async () => {
  const values = Float32Array.of(1, 2, 3, 4);
  const array = DeviceArray.allocate('float32', 4);
  const running = array.copyFromAsync(values);
  values.fill(9);
  await running;
  assert.equal(Array.from(array.toHost() as Float32Array), [1, 2, 3, 4]);
});

test('copies are ordered with what was enqueued before and after', async () => {
  const array = DeviceArray.from(Int32Array.of(1, 1, 1));
  const before = array.toHostAsync();
  array.fill(2);
  const between = array.toHostAsync();
  const upload = array.copyFromAsync(Int32Array.of(3, 3, 3));
  const after = array.toHostAsync();
  array.fill(4);
  const all = await Promise.all([before, between, after, array.toHostAsync(), upload]);
  assert.equal(
    all.slice(0, 4).map((host) => Array.from(host as Int32Array)),
    [1, 2, 3, 4].map((value) => [value, value, value]),
  );
});

test('page-locked arrays are Float32Arrays of zeros, and go up and down', () => {
  const array = pinned(1000);
  assert.instance(array, Float32Array);
  assert.is(array.length, 1000);
  assert.ok(array.every((value) => value === 0));
  array.set([1, 2, 3]);
  const there = DeviceArray.from(array);
  array.fill(0);
  there.copyTo(array);
  assert.equal(Array.from(array.subarray(0, 4)), [1, 2, 3, 0]);
  assert.is(pinned(0).length, 0);
});

test('printing says what it is', () => {
  const array = DeviceArray.from(Float32Array.of(1, 2));
  assert.is(String(array), 'a DeviceArray of float32, length 2, on GPU 0');
  assert.is(Object.prototype.toString.call(array), '[object DeviceArray]');
  assert.match(inspect(array), /DeviceArray/);
});

test('Symbol.dispose disposes', () => {
  const array = DeviceArray.allocate('float32', 2);
  array[Symbol.dispose]();
  assert.ok(array.disposed);
  const stream = new Stream();
  stream[Symbol.dispose]();
  assert.ok(stream.disposed);
});

test(
  'arrays of every device',
  () => {
    for (const { index } of status.devices) {
      const array = DeviceArray.from(Float32Array.of(index, 1), { device: index });
      assert.is(array.device, index);
      assert.is(array.slice().device, index);
      assert.is(array.subarray(1).device, index);
      assert.equal(Array.from(array.toHost() as Float32Array), [index, 1]);
    }
  },
  twoGpus,
);

test.run();
