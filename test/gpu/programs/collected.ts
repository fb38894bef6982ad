// Child, with --expose-gc: calls in flight, views, graphs and borrowed memory whose JavaScript objects are collected early.
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DeviceArray,
  EmdLoss,
  emdLoss,
  emdLossAsync,
  Graph,
  ordered,
  pinned,
  Stream,
  tree,
} from '../../../lib/index.js';

const collect = (globalThis as unknown as { gc(): void }).gc;
const C = 16;
const ROWS = 20;
const scores = Float32Array.from({ length: ROWS * C }, (_, i) => Math.sin(i));
const labels = Uint8Array.from({ length: ROWS }, (_, i) => i % C);
const parents = Array.from({ length: C }, (_, i) => i - 1);
const loss = emdLoss(DeviceArray.from(scores), labels, { classes: C }).loss;

function expect(actual: unknown, expected: unknown, what: string): void {
  if (actual !== expected) throw new Error(`${what}: ${actual} is not ${expected}`);
}

async function clean(): Promise<void> {
  for (let pass = 0; pass < 3; pass++) {
    collect();
    await sleep(1);
  }
}

async function main(): Promise<void> {
  // Nothing but the call in flight holds its arguments and outputs.
  const losses: Promise<number>[] = [];
  for (let i = 0; i < 40; i++) {
    const options = {
      classes: C,
      sampleWeights: DeviceArray.from(new Float32Array(ROWS).fill(2)),
      stream: new Stream(),
    };
    const call = emdLossAsync(DeviceArray.from(scores), DeviceArray.from(labels), options);
    losses.push(call.then((result) => result.loss));
    if (i % 10 === 0) await clean();
  }
  for (const found of await Promise.all(losses)) expect(found, loss, 'a call in flight');

  // Work that was only enqueued, by a criterion and with a ground distance that are gone.
  const lossOut = DeviceArray.allocate('float32', 4);
  const enqueue = () => {
    const criterion = new EmdLoss({ classes: C, groundDistance: ordered(new Float32Array(C - 1).fill(1)) });
    criterion.evaluate(DeviceArray.from(scores), DeviceArray.from(labels), { lossOut, stream: new Stream() });
  };
  enqueue();
  await clean();
  DeviceArray.allocate('float32', ROWS * C).fill(1e30);
  await clean();
  expect((lossOut.toHost() as Float32Array)[0], Math.fround(loss), 'enqueued work');

  // A view keeps its array.
  const view = (() => DeviceArray.from(scores).subarray(3, 5))();
  await clean();
  expect((view.toHost() as Float32Array)[1], scores[4], 'a view');

  // Borrowed memory keeps its owner.
  const borrowed = (() => {
    const owner = DeviceArray.from(scores);
    return DeviceArray.fromCudaArrayInterface(owner).subarray(1);
  })();
  await clean();
  DeviceArray.allocate('float32', ROWS * C).fill(1e30);
  expect((borrowed.toHost() as Float32Array)[1], scores[2], 'borrowed memory');

  // So does an asynchronous call on it.
  for (let i = 0; i < 10; i++) {
    const [call, copy] = (() => {
      const owner = DeviceArray.from(scores);
      const array = DeviceArray.fromPointer(owner.pointer, 'float32', ROWS * C, { device: 0, owner });
      const other = new Stream();
      return [emdLossAsync(array, labels, { classes: C, stream: other }), array.toHostAsync({ stream: other })];
    })();
    await clean();
    expect((await call).loss, loss, 'a call on borrowed memory');
    expect(((await copy) as Float32Array)[1], scores[1], 'a copy of borrowed memory');
  }

  // A graph keeps its arrays and its ground distance.
  const stream = new Stream();
  const graph = (() => {
    const [predictions, targets] = [DeviceArray.from(scores), DeviceArray.from(labels)];
    return Graph.capture(stream, () => {
      const groundDistance = tree(parents);
      emdLoss(predictions, targets, { classes: C, groundDistance, stream, gradient: predictions, lossOut });
    });
  })();
  await clean();
  graph.launch(stream);
  await stream.synchronize();
  if (!(Math.abs((lossOut.toHost() as Float32Array)[0] - loss) < 1e-5)) throw new Error('a graph lost what it uses');

  // Page-locked memory that is being read.
  const array = DeviceArray.allocate('float32', 4096);
  for (let i = 0; i < 20; i++) {
    const copy = array.copyFromAsync(pinned(4096).fill(i));
    collect();
    await copy;
    expect((array.toHost() as Float32Array)[4095], i, 'page-locked memory');
  }
  console.log('done');
}

void main();
