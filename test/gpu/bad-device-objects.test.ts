// Wrong arguments of device arrays, streams, events and graphs: the kind of error, and a message that names the argument, says what
// was expected and what came.
import * as assert from 'uvu/assert';
import { DeviceArray, Event, Graph, pinned, Stream } from '../../lib/index.js';
import { rejects, throws } from '../support/errors.js';
import {
  type Anything,
  detached,
  floats,
  impostor,
  NOT_A_NUMBER,
  naming,
  show,
  type Wrong,
  wrongKinds,
  wrongNumbers,
} from '../support/wrong.js';
import { gpuSuite } from './support/gpu.js';
import { array, fake, no } from './support/wrong-device.js';

const test = gpuSuite('bad device objects');

type Case = [make: (value: Anything) => unknown, argument: string, wrong: () => Wrong[]];

const lengthsOfArrays = () => [...NOT_A_NUMBER, ...wrongNumbers(-1, 0.5, Number.NaN, Infinity, 2 ** 53)];
const dtypeNames = () =>
  wrongKinds(undefined, null, 1, '', 'float64', 'Float32', 'toString', '__proto__', {}, ['float32']);
const addresses = () => [...wrongKinds(undefined, null, 1, '1', {}), ...wrongNumbers(-1n, 2n ** 64n)];
const handle = () => ({ device: 0, handle: new Uint8Array(64), byteOffset: 0, byteLength: 16 });
const bits = (device: Anything) => new Stream({ device });

const CONSTRUCTORS: Record<string, Case> = {
  'allocate, dtype': [(value) => DeviceArray.allocate(value, 1), 'dtype', dtypeNames],
  'allocate, length': [(value) => DeviceArray.allocate('float32', value), 'length', lengthsOfArrays],
  'allocate, options': [(value) => DeviceArray.allocate('float32', 1, value), 'options', no.options],
  'allocate, device': [(value) => DeviceArray.allocate('float32', 1, { device: value }), 'device', no.device],
  'allocate, stream': [(value) => DeviceArray.allocate('float32', 1, { stream: value }), 'stream', no.stream],
  'allocate, ipc': [(value) => array_({ ipc: value }), 'ipc', () => wrongKinds(null, 0, 'yes', {})],
  'from, array': [
    (value) => DeviceArray.from(value),
    'array',
    () =>
      wrongKinds(
        undefined,
        null,
        1,
        [1, 2],
        {},
        new Float64Array(2),
        new Int8Array(2),
        new Uint32Array(2),
        impostor(),
        detached(),
      ),
  ],
  'from, dtype of bits': [
    (value) => DeviceArray.from(new Uint16Array(2), { dtype: value }),
    'dtype',
    () => wrongKinds(undefined, 'uint16'),
  ],
  'from, dtype of another array': [
    (value) => DeviceArray.from(new Int32Array(2), { dtype: value }),
    'array',
    () => wrongKinds('float32', 'float16', 'uint8'),
  ],
  'from, dtype of floats': [
    (value) => DeviceArray.from(floats(2), { dtype: value }),
    'array',
    () => wrongKinds('int32', 'uint8'),
  ],
  'from, device': [(value) => DeviceArray.from(floats(1), { device: value }), 'device', no.device],
  'from, stream': [(value) => DeviceArray.from(floats(1), { stream: value }), 'stream', no.stream],
  'fromPointer, pointer': [
    (value) => DeviceArray.fromPointer(value, 'float32', 1, { device: 0 }),
    'pointer',
    addresses,
  ],
  'fromPointer, dtype': [(value) => DeviceArray.fromPointer(0n, value, 1, { device: 0 }), 'dtype', dtypeNames],
  'fromPointer, length': [
    (value) => DeviceArray.fromPointer(0n, 'float32', value, { device: 0 }),
    'length',
    lengthsOfArrays,
  ],
  'fromPointer, device': [
    (value) => DeviceArray.fromPointer(0n, 'float32', 1, { device: value }),
    'device',
    () => [...no.device(), ...wrongKinds(undefined)],
  ],
  'fromIpcHandle, handle': [
    (value) => DeviceArray.fromIpcHandle(value, 'float32'),
    'handle',
    () => wrongKinds(undefined, null, 1, 'x'),
  ],
  'fromIpcHandle, bytes': [
    (value) => DeviceArray.fromIpcHandle({ ...handle(), handle: value }, 'float32'),
    'handle\\.handle',
    () => [
      ...wrongKinds(undefined, null, [1], new Int32Array(16)),
      ...wrongNumbers(new Uint8Array(63), new Uint8Array(65)),
    ],
  ],
  'fromIpcHandle, byteOffset': [
    (value) => DeviceArray.fromIpcHandle({ ...handle(), byteOffset: value }, 'float32'),
    'handle\\.byteOffset',
    () => [...lengthsOfArrays(), ...wrongNumbers(2)],
  ],
  'fromIpcHandle, byteLength': [
    (value) => DeviceArray.fromIpcHandle({ ...handle(), byteLength: value }, 'float32'),
    'handle\\.byteLength',
    () => [...lengthsOfArrays(), ...wrongNumbers(2)],
  ],
  'fromIpcHandle, device': [
    (value) => DeviceArray.fromIpcHandle({ ...handle(), device: value }, 'float32'),
    'handle\\.device',
    no.device,
  ],
  'fromIpcHandle, dtype': [(value) => DeviceArray.fromIpcHandle(handle(), value), 'dtype', dtypeNames],
  'new Stream, device': [bits, 'device', no.device],
  'new Stream, options': [(value) => new Stream(value), 'options', no.options],
  'Stream.fromHandle, handle': [(value) => Stream.fromHandle(value, { device: 0 }), 'handle', addresses],
  'Stream.fromHandle, device': [
    (value) => Stream.fromHandle(1n, { device: value }),
    'device',
    () => [...no.device(), ...wrongKinds(undefined)],
  ],
  'wait, event': [(value) => new Stream().wait(value), 'event', no.event],
  'elapsedSince, earlier': [(value) => new Stream().record().elapsedSince(value), 'earlier', no.event],
  'Graph.capture, stream': [
    (value) => Graph.capture(value, () => {}),
    'stream',
    () => [...no.stream(), ...wrongKinds(undefined)],
  ],
  'Graph.capture, enqueue': [
    (value) => Graph.capture(new Stream(), value),
    'enqueue',
    () => wrongKinds(undefined, null, 1, {}),
  ],
  'launch, stream': [(value) => Graph.capture(new Stream(), () => {}).launch(value), 'stream', no.stream],
  pinned: [pinned, 'length', lengthsOfArrays],
  'set, source': [(value) => array('float32', 4).set(value), 'source', sources],
  'set, stream': [(value) => array('float32', 4).set(array('float32', 4), { stream: value }), 'stream', no.stream],
};

function sources(): Wrong[] {
  return [
    ...wrongKinds(undefined, null, 1, {}, floats(4), [0, 0, 0, 0]),
    { value: array('int32', 4), type: TypeError },
    { value: array('float32', 3), type: RangeError },
  ];
}

function array_(options: Anything) {
  return DeviceArray.allocate('float32', 1, options);
}

for (const [name, [make, argument, wrong]] of Object.entries(CONSTRUCTORS)) {
  test(name, () => {
    for (const { value, type } of wrong()) throws(() => make(value), type, naming(argument), show(value));
  });
}

test('methods of device arrays', async () => {
  const it = DeviceArray.from(Float32Array.of(1, 2, 3));
  for (const { value, type } of [
    ...wrongKinds(
      undefined,
      null,
      [1, 2, 3],
      {},
      new Float64Array(3),
      new Int32Array(3),
      new Uint16Array(3),
      impostor(),
    ),
    ...wrongKinds(it, detached()),
    ...wrongNumbers(floats(2), floats(4), floats(0)),
  ]) {
    const what = show(value);
    throws(() => it.copyFrom(value), type, naming('host'), `copyFrom ${what}`);
    throws(() => it.copyTo(value), type, naming('host'), `copyTo ${what}`);
    await rejects(() => it.copyFromAsync(value), type, naming('host'), `copyFromAsync ${what}`);
    await rejects(() => it.copyToAsync(value), type, naming('host'), `copyToAsync ${what}`);
  }
  for (const { value, type } of no.stream()) {
    const options = { stream: value };
    const what = show(value);
    throws(() => it.copyFrom(floats(3), options), type, naming('stream'), what);
    throws(() => it.copyTo(floats(3), options), type, naming('stream'), what);
    throws(() => it.toHost(options), type, naming('stream'), what);
    throws(() => it.fill(1, options), type, naming('stream'), what);
    throws(() => it.slice(0, 1, options), type, naming('stream'), what);
    await rejects(() => it.toHostAsync(options), type, naming('stream'), what);
  }
  for (const { value, type } of no.options()) {
    throws(() => it.copyFrom(floats(3), value), type, naming('options'), show(value));
    throws(() => it.toHost(value), type, naming('options'), show(value));
  }
  for (const { value, type } of wrongKinds(null, '1', {}, 1n)) {
    throws(() => it.subarray(value), type, naming('begin'), show(value));
    throws(() => it.slice(0, value), type, naming('end'), show(value));
  }
  throws(() => it.copyTo(new Uint16Array(3) as Anything), TypeError, naming('host'));
  throws(() => DeviceArray.allocate('float16', 3).copyTo(floats(3)), TypeError, naming('host'));
  assert.equal(Array.from(it.toHost() as Float32Array), [1, 2, 3]);
});

test('fill: values that the type does not hold', () => {
  const integers = [...wrongKinds(undefined, null, '1', {}), ...wrongNumbers(0.5, Number.NaN, Infinity)];
  const table: [Anything, Wrong[]][] = [
    ['float32', wrongKinds(undefined, null, '1', {}, 1n)],
    ['float16', wrongKinds(undefined, null, '1', {}, 1n)],
    ['bfloat16', wrongKinds(undefined, 1n)],
    ['int32', [...integers, ...wrongKinds(1n), ...wrongNumbers(2 ** 31, -(2 ** 31) - 1)]],
    ['uint8', [...integers, ...wrongKinds(1n), ...wrongNumbers(-1, 256)]],
    ['int64', [...integers, ...wrongNumbers(2 ** 53, 2n ** 63n, -(2n ** 63n) - 1n)]],
  ];
  for (const [dtype, wrong] of table) {
    const it = array(dtype, 2);
    for (const { value, type } of wrong) throws(() => it.fill(value), type, naming('value'), `${dtype} ${show(value)}`);
  }
});

test('options that are none', () => {
  const options: Anything = { devcie: 0 };
  throws(() => DeviceArray.allocate('float32', 1, options), TypeError, /^devcie: expected/);
  throws(() => DeviceArray.from(floats(1), options), TypeError, /^devcie: expected/);
  throws(() => new Stream(options), TypeError, /^devcie: expected/);
  throws(() => DeviceArray.allocate('float32', 1).toHost(options), TypeError, /^devcie: expected/);
});

test('constructors that are not for users', () => {
  for (const Class of [DeviceArray, Event, Graph] as Anything[]) {
    throws(() => new Class(), TypeError, new RegExp(`^${Class.name}: made by`));
    throws(() => new Class({}, {}), TypeError, new RegExp(`^${Class.name}: made by`));
  }
});

test('methods on objects that only look like it', () => {
  for (const name of ['toHost', 'dispose', 'fill', 'subarray', 'ipcHandle'] as const) {
    throws(() => (DeviceArray.prototype[name] as Anything).call({}), TypeError, /./);
    throws(() => fake(DeviceArray)[name](), TypeError, /./);
  }
  throws(() => Stream.prototype.record.call({} as Anything), TypeError, /./);
  throws(() => Graph.prototype.launch.call({} as Anything), TypeError, /./);
});

test.run();
