import { type Case, nameOf, workOf } from '../cases/case.js';
import { problemOf } from '../cases/problem.js';
import { PEERS } from '../peers/index.js';
import type { Contender, Variants } from '../peers/peer.js';
import { type Measurement, measure, type Plan } from './measure.js';
import { openSession, type Session } from './session.js';
import { expectedOf, verify } from './verify.js';

/** The outcome of a contender. */
export type Outcome = { contender: Contender } & Measurement;

/** Verifies the contenders of a case, and times those that are right. */
export async function runCase(work: Case, variants: Variants, plan: Plan): Promise<Outcome[]> {
  const able = PEERS.filter(({ works = ['loss'] }) => works.includes(workOf(work)));
  const entries = able.flatMap((peer) =>
    peer.contenders(work, variants).map((contender) => ({
      session: openSession(peer, contender),
      work: peer.instead?.(work) ?? work,
    })),
  );
  try {
    const failures = await verifyAll(entries);
    const right = entries.map(({ session }) => session).filter((session) => !failures.has(session));
    const measurements = await measure(right, plan);
    return entries.map(({ session }) => {
      const error = failures.get(session);
      return {
        contender: session.contender,
        ...(error === undefined ? measurements[right.indexOf(session)] : { error }),
      };
    });
  } finally {
    for (const { session } of entries) session.close();
  }
}

interface Entry {
  session: Session;
  work: Case;
}

/** The sessions whose output is wrong, and why. */
async function verifyAll(entries: readonly Entry[]): Promise<Map<Session, string>> {
  const failures = new Map<Session, string>();
  for (const [name, work] of new Map(entries.map((entry) => [nameOf(entry.work), entry.work]))) {
    const problem = problemOf(work);
    const expected = expectedOf(problem, work);
    for (const { session } of entries.filter((entry) => nameOf(entry.work) === name)) {
      try {
        verify(await session.prepare(problem, work), problem, expected, session.contender.looseness);
      } catch (error) {
        failures.set(session, (error as Error).message);
      }
    }
  }
  return failures;
}
