import type { Session } from './session.js';

/** How long to measure. */
export interface Plan {
  /**
   * What the calls of a sample take together, in milliseconds: long for the clock, and short for the scheduler, which
   * lets a process that comes from waiting run that long even on a busy machine. Of 3 ms, half were interrupted there.
   */
  sample: number;
  /** Rounds at least, and milliseconds at least for the samples of a contender. */
  rounds: number;
  time: number;
}

export const PLAN: Plan = { sample: 0.5, rounds: 15, time: 30 };
export const QUICK_PLAN: Plan = { sample: 0.5, rounds: 7, time: 15 };

/** Nanoseconds per call in each round, or why there are none. */
export type Measurement = { samples: number[] } | { error: string };

/**
 * Times contenders in rounds (A B C A B C ...), so that what else the machine does meets all of them alike.
 *
 * tinybench runs the tasks of a bench side by side if told to; as each sample waits for its turn, they alternate. It
 * sorts its samples, and ratios need them by round, so they are kept here.
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

/** Lets one job run at a time, first come, first served: who is done queues up behind the others. */
function turnstile(): <T>(job: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (job) => {
    const turn = last.then(job);
    last = turn.catch(() => {});
    return turn;
  };
}

/** How many calls take so many milliseconds. Compiles what there is to compile on the way. */
async function callsPerSample(session: Session, milliseconds: number): Promise<number> {
  let calls = 1;
  for (;;) {
    // The shortest of three: an interruption must not pass for a slow call.
    const taken = Math.min(await session.time(calls), await session.time(calls), await session.time(calls));
    if (taken >= milliseconds) return calls;
    calls = Math.ceil(calls * Math.min(10, (1.2 * milliseconds) / taken));
  }
}
