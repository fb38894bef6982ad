// Times on the GPU's own clock: events before and after as many calls as take a few milliseconds.
import type { Event, Stream } from 'squared-emd';
import { quantile } from '../run/statistics.js';

export interface Timing {
  /** Microseconds per call. */
  median: number;
  p20: number;
  p80: number;
}

export interface Effort {
  rounds: number;
  millisecondsPerRound: number;
}

async function elapsed(stream: Stream, enqueue: () => void, calls: number): Promise<number> {
  const begin = stream.record();
  for (let i = 0; i < calls; i++) enqueue();
  const end = stream.record();
  await end.synchronize();
  const milliseconds = end.elapsedSince(begin);
  for (const event of [begin, end] satisfies Event[]) event.dispose();
  return milliseconds;
}

/** Times the works in turn, round by round, so that all meet the same clock rates. */
export async function measure(stream: Stream, works: readonly (() => void)[], effort: Effort): Promise<Timing[]> {
  const calls: number[] = [];
  for (const work of works) {
    await elapsed(stream, work, 2);
    const single = Math.max((await elapsed(stream, work, 3)) / 3, 1e-4);
    calls.push(Math.min(10_000, Math.max(1, Math.round(effort.millisecondsPerRound / single))));
  }
  const times: number[][] = works.map(() => []);
  for (let round = 0; round < effort.rounds; round++) {
    for (const [i, work] of works.entries()) times[i].push(((await elapsed(stream, work, calls[i])) / calls[i]) * 1e3);
  }
  return times.map((of) => ({ median: quantile(of, 0.5), p20: quantile(of, 0.2), p80: quantile(of, 0.8) }));
}
