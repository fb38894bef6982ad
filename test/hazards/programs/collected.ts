// Child, with --expose-gc: calls, outputs and ground distances whose JavaScript objects are collected early.
import { circular, EmdLoss, emdLoss, emdLossAsync, matrix, ordered, tree } from '../../../lib/index.js';

const collect = (globalThis as unknown as { gc(): void }).gc;
const MEGABYTE = 2 ** 20;

const C = 300;
const distances = Float32Array.from({ length: C * C }, (_, n) => Math.abs(Math.floor(n / C) - (n % C)));
const grounds = [
  () => ordered(new Float32Array(C - 1).fill(2)),
  () => circular(new Float32Array(C).fill(2)),
  () => tree(Int32Array.from({ length: C }, (_, i) => i - 1)),
  () => matrix(distances),
];

async function main(): Promise<void> {
  const expected = grounds.map(
    (make) => emdLoss(new Float32Array(5 * C), new Int32Array(5), { classes: C, groundDistance: make() }).loss,
  );

  // Nothing but the call in flight holds its arguments and outputs.
  const losses: Promise<number>[] = [];
  for (let i = 0; i < 200; i++) {
    const options = { classes: C, groundDistance: grounds[i % 4](), gradient: new Float32Array(5 * C) };
    losses.push(emdLossAsync(new Float32Array(5 * C), new Int32Array(5), options).then(({ loss }) => loss));
    if (i % 10 === 0) collect();
  }
  collect();
  (await Promise.all(losses)).forEach((loss, i) => {
    if (loss !== expected[i % 4]) throw new Error(`call ${i}: ${loss} is not ${expected[i % 4]}`);
  });

  // A criterion outlives the ground distance it was given.
  const criterion = new EmdLoss({ classes: C, groundDistance: matrix(distances) });
  const running = criterion.evaluateAsync(new Float32Array(5 * C), new Int32Array(5));
  criterion.groundDistance = ordered();
  collect();
  if ((await running).loss !== expected[3]) throw new Error('the swapped ground distance was used');

  // 1000 prepared matrices of 360 kB are given back.
  const use = () => emdLoss(new Float32Array(C), [0], { classes: C, groundDistance: matrix(distances) });
  for (let i = 0; i < 200; i++) use();
  collect();
  const before = process.memoryUsage().rss;
  for (let i = 0; i < 1000; i++) {
    use();
    if (i % 50 === 0) collect();
    if (i % 50 === 0) await new Promise(setImmediate);
  }
  collect();
  const grown = (process.memoryUsage().rss - before) / MEGABYTE;
  if (grown > 150) throw new Error(`${grown} MB of prepared ground distances were not given back`);
  console.log('done');
}

void main();
