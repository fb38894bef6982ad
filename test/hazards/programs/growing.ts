// Child, with --expose-gc: synchronous loops that make ground distances in every step, in which the event loop never turns, hold no
// more at the end than at the beginning.
import { circular, EmdLoss, emdLoss, matrix, ordered, SelfGuidedEmd, tree } from '../../../lib/index.js';

const collect = (globalThis as unknown as { gc(): void }).gc;
const MEGABYTE = 2 ** 20;
/** What the process may hold more at the end. Where nothing is given back, each loop below holds 200 MB more at least. */
const MOST = 80 * MEGABYTE;

const chain = (classes: number) => Int32Array.from({ length: classes }, (_, i) => i - 1);
const line = (classes: number) =>
  Float32Array.from({ length: classes ** 2 }, (_, n) => Math.abs(Math.floor(n / classes) - (n % classes)));
const lossOf = (classes: number, groundDistance: ReturnType<typeof ordered>) =>
  emdLoss(new Float32Array(classes), [0], { classes, groundDistance, gradient: false });

const gaps = [1, 2, 3, 4, 5, 6, 7];
const distances = line(1000);
const criterion = new EmdLoss({ classes: 1000, groundDistance: matrix(distances) });
const guided = new SelfGuidedEmd({ classes: 700, features: 2, preset: 'matrix', startEpoch: 1, emdWeight: 1 });
/** Steps, and what each does. */
const LOOPS: Record<string, [number, (step: number) => void]> = {
  matrices: [50, () => lossOf(1000, matrix(distances))],
  'matrices that take the place of others': [
    50,
    () => {
      criterion.groundDistance = matrix(distances);
      criterion.evaluate(new Float32Array(1000), [0]);
    },
  ],
  gaps: [80_000, () => lossOf(8, ordered(gaps))],
  'unit distances of every size': [
    40_000,
    (step) => {
      lossOf(2 + (step % 4000), ordered());
      lossOf(2 + (step % 4000), circular());
    },
  ],
  trees: [4000, () => lossOf(3000, tree(chain(3000)))],
  losses: [80_000, () => new EmdLoss({ classes: 8, groundDistance: ordered(gaps) }).evaluate(new Float32Array(8), [0])],
  'refreshed distances': [
    100,
    () => {
      guided.evaluate(new Float32Array(2 * 700), Float32Array.of(1, 2, 3, 4), [0, 1]);
      guided.endEpoch();
    },
  ],
};

const [steps, step] = LOOPS[process.argv[2]];
for (let i = 0; i < steps / 2; i++) step(i);
collect();
const before = process.memoryUsage().rss;
for (let i = 0; i < steps; i++) step(i);
collect();
const grown = process.memoryUsage().rss - before;
if (grown > MOST) throw new Error(`${(grown / MEGABYTE).toFixed(1)} MB more after ${steps} steps`);
console.log('done');
