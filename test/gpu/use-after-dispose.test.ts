// Objects after dispose(): an EmdError that names the argument, and memory that stays until the work on it is done.
import * as assert from 'uvu/assert';
import {
  DeviceArray,
  EmdError,
  EmdLoss,
  type EmdOptions,
  emdLoss,
  emdLossAsync,
  Graph,
  Stream,
} from '../../lib/index.js';
import { floats } from '../support/wrong.js';
import { gpuSuite } from './support/gpu.js';

const test = gpuSuite('use after dispose');

const C = 4;
const device = (length: number) => DeviceArray.from(floats(length).fill(0.25));
const gone = (array: DeviceArray) => {
  array.dispose();
  return array;
};

function isDisposed(error: unknown, name: RegExp, what: string): void {
  assert.instance(error, EmdError, `${what}: ${error}`);
  assert.is((error as EmdError).code, 'DISPOSED', what);
  assert.match((error as EmdError).message, name, what);
}
function refuses(call: () => unknown, name: RegExp, what = 'call'): void {
  try {
    call();
  } catch (error) {
    isDisposed(error, name, what);
    return;
  }
  assert.unreachable(`${what}: was not refused`);
}
async function refusesLater(call: () => Promise<unknown>, name: RegExp, what = 'call'): Promise<void> {
  const error = await call().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  isDisposed(error, name, what);
}

test('as an argument of the loss', async () => {
  const cases: [string, DeviceArray, Partial<EmdOptions> & { targets?: DeviceArray }][] = [
    ['predictions', gone(device(12)), {}],
    ['targets', device(12), { targets: gone(device(12)) }],
    ['gradient', device(12), { gradient: gone(device(12)) }],
    ['losses', device(12), { losses: gone(device(3)) }],
    ['classWeights', device(12), { classWeights: gone(device(4)) }],
    ['sampleWeights', device(12), { sampleWeights: gone(device(3)) }],
    ['upstream', device(12), { reduction: 'none', upstream: gone(device(3)) }],
    ['lossOut', device(12), { lossOut: gone(device(4)) }],
  ];
  for (const [name, predictions, { targets = [0, 1, 2], ...options }] of cases) {
    const message = new RegExp(`^${name}: .*disposed`);
    refuses(() => emdLoss(predictions, targets, { classes: C, ...options }), message, name);
    await refusesLater(() => emdLossAsync(predictions, targets, { classes: C, ...options }), message, name);
  }
  const stream = new Stream();
  stream.dispose();
  refuses(() => emdLoss(device(12), [0, 1, 2], { classes: C, stream }), /^stream: .*disposed/);
  refuses(() => new EmdLoss({ classes: C, stream }), /^stream: .*disposed/);
});

test('an option that is disposed of after the criterion was made', () => {
  const classWeights = device(4);
  const criterion = new EmdLoss({ classes: C, classWeights });
  classWeights.dispose();
  refuses(() => criterion.evaluate(device(12), [0, 1, 2]), /^classWeights: .*disposed/);
});

test('methods of an array', async () => {
  const array = gone(device(4));
  assert.ok(array.disposed);
  assert.equal([array.length, array.dtype, array.byteLength, array.device], [4, 'float32', 16, 0]);
  const calls: Record<string, () => unknown> = {
    pointer: () => array.pointer,
    subarray: () => array.subarray(1),
    slice: () => array.slice(),
    fill: () => array.fill(1),
    copyFrom: () => array.copyFrom(floats(4)),
    copyTo: () => array.copyTo(floats(4)),
    toHost: () => array.toHost(),
    ipcHandle: () => array.ipcHandle(),
    cudaArrayInterface: () => array.cudaArrayInterface,
  };
  for (const [name, call] of Object.entries(calls)) refuses(call, /disposed/, name);
  await refusesLater(() => array.copyFromAsync(floats(4)), /disposed/);
  await refusesLater(() => array.copyToAsync(floats(4)), /disposed/);
  await refusesLater(() => array.toHostAsync(), /disposed/);
  array.dispose();
  assert.match(String(array), 'DeviceArray');
});

test('views go with their array, arrays do not go with their views', () => {
  const array = device(4);
  const view = array.subarray(1, 3);
  const part = view.subarray(1);
  view.dispose();
  assert.equal([view.disposed, part.disposed, array.disposed], [true, false, false]);
  assert.is((part.toHost() as Float32Array)[0], 0.25);
  refuses(() => view.toHost(), /disposed/);
  array.dispose();
  assert.ok(part.disposed);
  refuses(() => part.toHost(), /disposed/);
  refuses(() => part.subarray(0), /disposed/);
});

test('methods of streams, events and graphs', async () => {
  const [stream, other] = [new Stream(), new Stream()];
  const event = stream.record();
  const graph = Graph.capture(stream, () => {});
  event.dispose();
  graph.dispose();
  stream.dispose();
  assert.equal([stream.disposed, event.disposed, graph.disposed], [true, true, true]);
  refuses(() => stream.handle, /disposed/);
  refuses(() => stream.record(), /disposed/);
  refuses(() => stream.wait(other.record()), /disposed/);
  await refusesLater(() => stream.synchronize(), /disposed/);
  refuses(() => other.wait(event), /^event: .*disposed/);
  refuses(() => other.record().elapsedSince(event), /^earlier: .*disposed/);
  refuses(() => event.elapsedSince(other.record()), /disposed/);
  await refusesLater(() => event.synchronize(), /disposed/);
  refuses(() => graph.launch(other), /disposed/);
  refuses(() => Graph.capture(stream, () => {}), /^stream: .*disposed/);
  refuses(() => DeviceArray.allocate('float32', 1, { stream }), /^stream: .*disposed/);
  for (const it of [stream, event, graph]) it.dispose();
});

test('a call in flight keeps its memory', async () => {
  const expected = emdLoss(device(4000), new Uint8Array(1000), { classes: C }).loss;
  for (let round = 0; round < 5; round++) {
    const arrays = {
      predictions: device(4000),
      targets: DeviceArray.from(new Int32Array(1000)),
      sampleWeights: DeviceArray.from(floats(1000).fill(1)),
      losses: DeviceArray.allocate('float32', 1000),
    };
    const { predictions, targets, ...options } = arrays;
    const running = emdLossAsync(predictions, targets, { classes: C, gradient: predictions, ...options });
    for (const array of Object.values(arrays)) array.dispose();
    // What is allocated now must not be that memory, not yet.
    const others = Array.from({ length: 4 }, () => DeviceArray.allocate('float32', 4000).fill(99));
    const { loss, gradient } = await running;
    assert.is(loss, expected);
    assert.ok((gradient as DeviceArray).disposed);
    for (const other of others) other.dispose();
  }
});

test('enqueued work keeps its memory, on whatever stream it is', async () => {
  const streams = [new Stream(), new Stream()];
  for (let round = 0; round < 10; round++) {
    const stream = streams[round % 2];
    const [predictions, lossOut] = [device(400), DeviceArray.allocate('float32', 4)];
    const targets = DeviceArray.from(new Int32Array(100));
    emdLoss(predictions, targets, { classes: C, gradient: predictions, lossOut, stream });
    predictions.dispose();
    targets.dispose();
    const other = DeviceArray.allocate('float32', 400).fill(1e30);
    const [loss, , , rows] = (await lossOut.toHostAsync({ stream })) as Float32Array;
    assert.equal([loss, rows], [0.875, 100]);
    other.dispose();
    lossOut.dispose();
  }
});

test('a download in flight keeps its memory', async () => {
  const array = device(4);
  const running = array.toHostAsync();
  array.dispose();
  DeviceArray.allocate('float32', 4).fill(9);
  assert.equal(Array.from((await running) as Float32Array), [0.25, 0.25, 0.25, 0.25]);
});

test('a stream that is disposed of finishes its work', async () => {
  const array = device(4);
  const stream = new Stream();
  array.fill(3, { stream });
  const event = stream.record();
  stream.dispose();
  await event.synchronize();
  assert.equal(Array.from(array.toHost() as Float32Array), [3, 3, 3, 3]);
  array.dispose();
});

test.run();
