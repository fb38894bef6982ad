// What is compared in pages, how it is verified, and how it is timed: by turns, one call of each in every round.
import { Random } from '../../shared/random.js';
import type { Batch, Timed } from './protocol.js';

const ROUNDS = 15;
/** Clocks of pages are coarse: as many calls are timed at a time as take this long. */
const MILLISECONDS = 20;
/** What single precision leaves at 1000 classes, and more: of losses relative, of gradients to the largest entry. */
const MOST_DIFFERENCE = 1e-3;

export interface Contender {
  name: string;
  /** What comes before its turn, as choosing the backend of a library. */
  prepare?(): Promise<unknown>;
  run(): Promise<void>;
  /** Undefined where there is nothing to verify. */
  output?(): Promise<{ loss: number; gradient: ArrayLike<number> }>;
}

export function numbersOf({ rows, classes }: Batch) {
  const random = new Random(1);
  const logits = Float32Array.from({ length: rows * classes }, () => random.uniform(-3, 3));
  return { logits, labels: Int32Array.from({ length: rows }, () => Math.floor(random.uniform(0, classes))) };
}

/** @throws Error where the results differ: there is nothing to compare then. */
async function verify(contenders: readonly Contender[]): Promise<void> {
  const outputs = [];
  for (const contender of contenders) {
    await contender.prepare?.();
    await contender.run();
    if (contender.output) outputs.push({ name: contender.name, ...(await contender.output()) });
  }
  const [first, ...others] = outputs;
  const largest = Array.from(first.gradient).reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  for (const { name, loss, gradient } of others) {
    const furthest = Array.from(gradient).reduce((most, x, i) => Math.max(most, Math.abs(x - first.gradient[i])), 0);
    const difference = Math.max(Math.abs(loss / first.loss - 1), furthest / largest);
    if (!(difference <= MOST_DIFFERENCE)) throw new Error(`${name}: off by ${difference}`);
  }
}

async function timeOf(contender: Contender, calls: number): Promise<number> {
  await contender.prepare?.();
  const start = performance.now();
  for (let i = 0; i < calls; i++) await contender.run();
  return (performance.now() - start) / calls;
}

/** Times of verified contenders. @param count What else is said of one call of each. */
export async function timed(
  contenders: readonly Contender[],
  count: (contender: Contender) => Promise<Timed['counts']> = async () => undefined,
): Promise<Timed[]> {
  await verify(contenders);
  const calls: number[] = [];
  for (const contender of contenders) {
    let number = 1;
    while ((await timeOf(contender, number)) * number < MILLISECONDS) number *= 2;
    calls.push(number);
  }
  const times: Timed[] = [];
  for (const contender of contenders) {
    times.push({ name: contender.name, milliseconds: [], counts: await count(contender) });
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, contender] of contenders.entries()) {
      times[i].milliseconds.push(await timeOf(contender, calls[i]));
    }
  }
  return times;
}
