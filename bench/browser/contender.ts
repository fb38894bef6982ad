// What is compared in pages and on WebGPU, how it is verified, and how it is timed: by turns, one call of each in every round.
import { Random } from '../../shared/random.js';
import type { Batch, Timed } from './protocol.js';

const ROUNDS = 15;
/** Clocks of pages are coarse: as many calls are timed at a time as take this long. */
const MILLISECONDS = 20;
/** What single precision leaves at 1000 classes, and more: of losses relative, of gradients to the largest entry. */
const MOST_DIFFERENCE = 1e-3;

interface Output {
  loss: number;
  gradient: ArrayLike<number>;
}

export interface Contender {
  name: string;
  /** What comes before its turn, as choosing the backend of a library. */
  prepare?(): Promise<unknown>;
  run(): Promise<void>;
  /** Undefined where there is nothing to verify. */
  output?(): Promise<Output>;
}

export function numbersOf({ rows, classes }: Batch) {
  const random = new Random(1);
  const logits = Float32Array.from({ length: rows * classes }, () => random.uniform(-3, 3));
  return { logits, labels: Int32Array.from({ length: rows }, () => Math.floor(random.uniform(0, classes))) };
}

/** What is wrong with contenders, undefined where nothing is: they fail, or their results are far from those of the first. */
async function verify(contenders: readonly Contender[]): Promise<(string | undefined)[]> {
  let first: Output | undefined;
  const faults: (string | undefined)[] = [];
  for (const contender of contenders) {
    try {
      await contender.prepare?.();
      await contender.run();
      const output = await contender.output?.();
      first ??= output;
      const difference = first && output ? differenceOf(first, output) : 0;
      faults.push(difference <= MOST_DIFFERENCE ? undefined : `off by ${difference.toPrecision(2)}`);
    } catch (error) {
      faults.push((error as Error).message);
    }
  }
  return faults;
}

function differenceOf(first: Output, { loss, gradient }: Output): number {
  let [largest, furthest] = [0, 0];
  for (let i = 0; i < gradient.length; i++) {
    largest = Math.max(largest, Math.abs(first.gradient[i]));
    furthest = Math.max(furthest, Math.abs(gradient[i] - first.gradient[i]));
  }
  return Math.max(Math.abs(loss / first.loss - 1), furthest / largest);
}

async function timeOf(contender: Contender, calls: number): Promise<number> {
  await contender.prepare?.();
  const start = performance.now();
  for (let i = 0; i < calls; i++) await contender.run();
  return (performance.now() - start) / calls;
}

interface TimedOptions {
  rounds?: number;
  /** What else is said of one call of each. */
  count?(contender: Contender): Promise<Timed['counts']>;
}

/** Times of contenders with the results of the first; of others it says what is wrong. */
export async function timed(
  contenders: readonly Contender[],
  { rounds = ROUNDS, count = async () => undefined }: TimedOptions = {},
): Promise<Timed[]> {
  const faults = await verify(contenders);
  const times = contenders.map(({ name }, i): Timed => ({ name, milliseconds: [], fault: faults[i] }));
  const entrants = times.flatMap((time, i) => (time.fault ? [] : [{ contender: contenders[i], time, calls: 1 }]));
  for (const entrant of entrants) {
    while ((await timeOf(entrant.contender, entrant.calls)) * entrant.calls < MILLISECONDS) entrant.calls *= 2;
  }
  for (const { contender, time } of entrants) time.counts = await count(contender);
  for (let round = 0; round < rounds; round++) {
    for (const { contender, time, calls } of entrants) time.milliseconds.push(await timeOf(contender, calls));
  }
  return times;
}
