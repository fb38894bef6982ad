// Child, with --expose-gc: a loss in a loop, with outputs given, leaves nothing for the collector but its results.
import { circular, EmdLoss, type EmdResult } from '../../../lib/index.js';

const collect = (globalThis as unknown as { gc(): void }).gc;

const ROWS = 128;
const CLASSES = 8;
const CALLS = 500;

const kept: unknown[] = [];

/** Bytes that a call leaves: the least of several times, as the compiler leaves some of its own. */
function bytesOf(call: () => unknown): number {
  let least = Infinity;
  for (let attempt = 0; attempt < 10; attempt++) {
    for (let i = 0; i < 10_000; i++) kept[0] = call();
    collect();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < CALLS; i++) kept[0] = call();
    const bytes = (process.memoryUsage().heapUsed - before) / CALLS;
    if (bytes > 0) least = Math.min(least, bytes); // else it was collected meanwhile
  }
  return least;
}

// As a result is made: numbers that are no small integers have memory of their own.
const numbers = Float64Array.of(0.5, 1.5, 2.5, ROWS, 0, -1);
const resultAlone = (gradient: Float32Array, losses: Float32Array | null): EmdResult<Float32Array> => ({
  loss: numbers[0],
  crossEntropy: numbers[1],
  emd: numbers[2],
  gradient,
  losses,
  rows: numbers[3],
  nonFinite: numbers[4],
  firstNonFinite: numbers[5],
});

const predictions = Float32Array.from({ length: ROWS * CLASSES }, (_, i) => Math.sin(i));
const targets = new Int32Array(ROWS);
const gradient = new Float32Array(ROWS * CLASSES);
const losses = new Float32Array(ROWS);
const sampleWeights = new Float32Array(ROWS).fill(1);

const criterion = new EmdLoss({ classes: CLASSES });
const inOptions = new EmdLoss({ classes: CLASSES, groundDistance: circular(), gradient, losses });
const outputs = { gradient, losses, sampleWeights };
const factor = { upstream: 2 };
const calls: Record<string, () => unknown> = {
  'outputs in the call': () => criterion.evaluate(predictions, targets, outputs),
  'outputs in the options': () => inOptions.evaluate(predictions, targets),
  'a factor': () => inOptions.evaluate(predictions, targets, factor),
};

const expected = bytesOf(() => resultAlone(gradient, losses));
for (const [name, call] of Object.entries(calls)) {
  const bytes = bytesOf(call);
  if (!(Math.abs(bytes - expected) <= 2))
    throw new Error(`${name}: ${bytes} bytes a call, of which the result is ${expected}`);
}
console.log('done');
