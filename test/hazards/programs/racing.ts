// Child: another thread writes labels, logits and weights while synchronous calls read them from shared memory.
// Any numbers and any RangeError will do; a crash will not.
import { isMainThread, Worker, workerData } from 'node:worker_threads';

interface Shared {
  labels: Record<string, Int32Array | Uint8Array | Uint16Array | Uint32Array | BigInt64Array>;
  floats: Float32Array[];
  stop: Int32Array;
}

const [rows, classes] = [600, 50];

function vandalize({ labels, floats, stop }: Shared): void {
  const bits = floats.map(({ buffer }) => new Uint32Array(buffer));
  while (Atomics.load(stop, 0) === 0) {
    for (const array of Object.values(labels)) {
      for (let i = 0; i < rows; i += 7) {
        if (array instanceof BigInt64Array)
          array[i] = BigInt.asIntN(64, BigInt(Math.floor(Math.random() * 2 ** 52)) << 11n);
        else array[i] = Math.random() < 0.5 ? 2 ** 31 * (2 * Math.random() - 1) : i % classes;
      }
      // Right ones again, so that some calls get past the check and are hit later.
      for (let i = 0; i < rows; i += 7) array[i] = (array instanceof BigInt64Array ? 1n : 1) as never;
    }
    for (const array of bits) for (let i = 0; i < array.length; i += 3) array[i] = Math.random() * 2 ** 32;
  }
}

function main(): void {
  const { ClassCentroids, circular, emdLoss, matrix, ordered, tree } =
    require('../../../lib/index.js') as typeof import('../../../lib/index.js');
  const shared = <T>(make: new (buffer: SharedArrayBuffer) => T, bytes: number) =>
    new make(new SharedArrayBuffer(bytes));
  const labels: Shared['labels'] = {
    Int32Array: shared(Int32Array as never, rows * 4),
    Uint8Array: shared(Uint8Array as never, rows),
    Uint16Array: shared(Uint16Array as never, rows * 2),
    Uint32Array: shared(Uint32Array as never, rows * 4),
    BigInt64Array: shared(BigInt64Array as never, rows * 8),
  };
  const predictions = shared(Float32Array as never, rows * classes * 4) as Float32Array;
  const distribution = shared(Float32Array as never, rows * classes * 4) as Float32Array;
  const classWeights = shared(Float32Array as never, classes * 4) as Float32Array;
  const sampleWeights = shared(Float32Array as never, rows * 4) as Float32Array;
  const stop = shared(Int32Array as never, 4) as Int32Array;
  const worker = new Worker(__filename, {
    workerData: { labels, floats: [predictions, distribution, classWeights, sampleWeights], stop },
  });
  const grounds = [
    ordered(),
    circular(),
    tree(Int32Array.from({ length: classes }, (_, i) => i - 1)),
    matrix(Float32Array.from({ length: classes ** 2 }, (_, n) => Math.abs(Math.floor(n / classes) - (n % classes)))),
  ];
  const gradient = new Float32Array(rows * classes);

  const tally = { answered: 0, refused: 0, accumulated: 0 };
  const attempt = (targets: Parameters<typeof emdLoss>[1], options: object) => {
    try {
      emdLoss(predictions, targets, { classes, gradient, ...options });
      tally.answered++;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      tally.refused++;
    }
  };
  const centroids = new ClassCentroids({ classes, features: classes });
  const accumulate = (targets: (typeof labels)[string]) => {
    try {
      centroids.accumulate(predictions, targets);
      tally.accumulated++;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  };
  worker.once('online', () => {
    for (let round = 0; round < 60; round++) {
      for (const groundDistance of grounds) {
        for (const power of [1, 2]) {
          for (const inner of [1, 100]) {
            const options = { groundDistance, power, inner, threads: 1 + (round % 2) };
            for (const targets of Object.values(labels)) {
              for (let i = 0; i < 4; i++) accumulate(targets);
              attempt(targets, options);
              attempt(targets, { ...options, classWeights, sampleWeights, crossEntropyWeight: 1 });
            }
            if (round % 10 === 0) attempt(distribution, options);
          }
        }
      }
    }
    Atomics.store(stop, 0, 1);
  });
  worker.once('exit', () => {
    // Both must have happened, or this has tested nothing.
    if (Object.values(tally).includes(0)) throw new Error(JSON.stringify(tally));
    console.log('done');
  });
}

if (isMainThread) main();
else vandalize(workerData as Shared);
