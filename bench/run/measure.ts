import type { Session } from './session.js';

/** How long to measure. */
export interface Plan {
  /**
   * The time that the calls of a sample take together, in milliseconds: long for the clock, but short for the scheduler,
   * which lets a process that has been waiting run for so long even on a busy machine. Half of the samples of 3 ms were
   * interrupted.
   */
  sample: number;
  /** The least number of rounds, and the least time for the samples of a contender, in milliseconds. */
  rounds: number;
  time: number;
}

export const PLAN: Plan = { sample: 0.5, rounds: 15, time: 30 };
export const QUICK_PLAN: Plan = { sample: 0.5, rounds: 7, time: 15 };

/** Nanoseconds per call in each round, or the reason why there are none. */
export type Measurement = { samples: number[] } | { error: string };

/**
 * Times contenders in rounds (A B C A B C ...), so that other work on the machine affects all of them alike.
 *
 * tinybench can run the tasks of a bench concurrently; as each sample waits for its turn, they alternate. It sorts its
 * samples, but ratios need them by round, so they are kept here.
 */
export async function measure(sessions: readonly Session[], plan: Plan): Promise<Measurement[]> {
  const { Bench } = await import('tinybench'); // an ES module
  const bench = new Bench({ concurrency: 'bench', iterations: plan.rounds, time: plan.time, warmup: false });
  const inTurn = turnstile();
  const samples = sessions.map((session) => {
    const kept: number[] = [];
    let calls = 1;
    const calibrate = async () => {
      calls = await inTurn(() => callsPerSample(session, plan.sample));
    };
    const takeSample = async () => {
      const milliseconds = await inTurn(() => session.time(calls));
      kept.push((milliseconds / calls) * 1e6);
      return { overriddenDuration: milliseconds / calls, overriddenIterationCost: milliseconds };
    };
    bench.add(session.contender.name, takeSample, { async: true, beforeAll: calibrate });
    return kept;
  });
  await bench.run();
  return bench.results.map((result, i) =>
    result.state === 'errored' ? { error: result.error.message } : { samples: samples[i] },
  );
}

/** Lets one job run at a time, first come, first served, so that those who come back wait for all others. */
function turnstile(): <T>(job: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (job) => {
    const turn = last.then(job);
    last = turn.catch(() => {});
    return turn;
  };
}

/** How many calls take this many milliseconds. On the way, just-in-time compilers do their work. */
async function callsPerSample(session: Session, milliseconds: number): Promise<number> {
  let calls = 1;
  for (;;) {
    // The shortest of three, as an interruption must not pass for a slow call.
    const taken = Math.min(await session.time(calls), await session.time(calls), await session.time(calls));
    if (taken >= milliseconds) return calls;
    calls = Math.ceil(calls * Math.min(10, (1.2 * milliseconds) / taken));
  }
}
