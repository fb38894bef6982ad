import type { BenchProblem } from '../cases/bench-problem.js';
import type { Case } from '../cases/case.js';
import type { Contender, Output } from '../peers/peer.js';

/** A request to a contender's process: to get ready and do the work once, then to repeat it a number of times. */
export type Request =
  | { kind: 'prepare'; problem: BenchProblem; work: Case; contender: Contender }
  | { kind: 'time'; calls: number };

/** Its answer: the output of the work, the milliseconds that the calls took, or an error. */
export type Answer = { output: Output } | { milliseconds: number } | { error: string };

/** A process that answers requests, one after another. */
export interface Responder {
  ask(request: Request): Promise<Answer>;
  close(): void;
}
