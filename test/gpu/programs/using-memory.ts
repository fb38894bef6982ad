// Child: uses more of a GPU's memory, one after the other, than it has at a time.
import { setTimeout as sleep } from 'node:timers/promises';
import { DeviceArray, emdLoss, emdLossAsync, Graph, Stream } from '../../../lib/index.js';

const MEGABYTE = 2 ** 20;
const CLASSES = 64;
const ROWS = 8;
const labels = new Uint8Array(ROWS);
const collect = (globalThis as unknown as { gc?: () => void }).gc;

/** 4 MB. */
const allocate = (stream?: Stream) => DeviceArray.allocate('float32', MEGABYTE, { stream });

async function refused(call: () => unknown): Promise<void> {
  try {
    await call();
  } catch (error) {
    if (error instanceof RangeError) return;
    throw error;
  }
  throw new Error('was not refused');
}

const MANNERS: Record<string, (round: number) => Promise<void> | void> = {
  dispose: async (round) => {
    const stream = round % 2 ? new Stream() : undefined;
    const arrays = [allocate(stream), allocate(), DeviceArray.allocate('float32', MEGABYTE, { ipc: true })];
    for (const array of arrays) array.subarray(7, 70).fill(0, { stream });
    if (round % 3 === 0) await stream?.synchronize();
    const view = arrays[0].subarray(1);
    for (const array of arrays) array.dispose();
    if (!view.disposed) throw new Error('a view outlived its array');
    stream?.dispose();
  },
  collect: async () => {
    const stream = new Stream();
    allocate().subarray(0, 9).fill(1, { stream });
    allocate().subarray(1, 3).fill(1);
    await allocate().toHostAsync();
    for (let pass = 0; pass < 2; pass++) {
      collect?.();
      await sleep(1);
    }
  },
  forget: async () => {
    DeviceArray.allocate('uint8', 32 * MEGABYTE);
    await sleep(5);
  },
  fail: async () => {
    const whole = allocate();
    const array = whole.subarray(0, ROWS * CLASSES).fill(0);
    const wrong = DeviceArray.from(labels.slice().fill(200));
    const options = { classes: CLASSES, gradient: array };
    await refused(() => emdLoss(array, [0], options));
    await refused(() => emdLoss(array, labels.slice().fill(CLASSES), options));
    await refused(() => emdLoss(array, labels, { ...options, sampleWeights: new Float32Array(ROWS).fill(-1) }));
    await refused(() => emdLoss(array, wrong, options));
    await refused(() => emdLossAsync(array, wrong, options));
    await refused(() => DeviceArray.fromPointer(whole.pointer, 'float32', 2 * MEGABYTE, { device: 0 }));
    for (const it of [whole, wrong]) it.dispose();
  },
  graphs: () => {
    const stream = new Stream();
    const array = allocate();
    const graph = Graph.capture(stream, () => void array.fill(1, { stream }));
    graph.launch(stream);
    for (const it of [array, graph, stream]) it.dispose();
  },
};

async function main(manner: string): Promise<void> {
  for (let round = 0; round < 50; round++) await MANNERS[manner](round);
  console.log('done');
}

void main(process.argv[2]);
