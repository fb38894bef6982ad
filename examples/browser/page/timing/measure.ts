// Timing by turns: what disturbs the machine for a while disturbs all of them.
import type { Contender } from './contenders.js';
import type { ContenderId } from './protocol.js';

/** Clocks of browsers are coarse, 0.1 ms or 1 ms: calls are timed as many at a time as take this long. */
const MILLISECONDS = 15;

/** Of losses relative to the first, of gradients to its largest entry: what single precision leaves at 1000 classes, and more. */
const MOST_DIFFERENCE = 1e-3;

/**
 * How far the results are from the first contender's.
 *
 * @throws Error where they are not the same results, which are not worth timing.
 */
export async function verify(contenders: readonly Contender[]): Promise<number> {
  for (const contender of contenders) await contender.run();
  const [first, ...others] = await Promise.all(contenders.map((contender) => contender.output()));
  const largest = first.gradient.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  const difference = Math.max(
    ...others.map(({ loss, gradient }) => {
      const furthest = gradient.reduce((most, x, i) => Math.max(most, Math.abs(x - first.gradient[i])), 0);
      return Math.max(Math.abs(loss / first.loss - 1), furthest / largest);
    }),
  );
  if (difference <= MOST_DIFFERENCE) return difference;
  throw new Error(`the results differ by ${difference}, so that there is nothing to compare`);
}

/** Microseconds of a call: the median of rounds in which each contender has its turn. */
export async function measure(contenders: readonly Contender[], rounds: number): Promise<Record<ContenderId, number>> {
  const counts: number[] = [];
  for (const contender of contenders) counts.push(await callsFor(contender));
  const times = contenders.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, contender] of contenders.entries()) {
      times[i].push((1e3 * (await timeOf(contender, counts[i]))) / counts[i]);
    }
  }
  return Object.fromEntries(contenders.map(({ id }, i) => [id, median(times[i])])) as Record<ContenderId, number>;
}

/** Calls that take long enough to be timed; finding them warms up. */
async function callsFor(contender: Contender): Promise<number> {
  let calls = 1;
  while ((await timeOf(contender, calls)) < MILLISECONDS) calls *= 2;
  return calls;
}

async function timeOf({ run }: Contender, calls: number): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < calls; i++) {
    const running = run();
    if (running) await running;
  }
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
