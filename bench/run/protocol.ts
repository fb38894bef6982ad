import type { BenchProblem } from '../cases/bench-problem.js';
import type { Case } from '../cases/case.js';
import type { Contender, Output } from '../peers/peer.js';

/** What a contender's process is asked: to get ready and do the work once, then to repeat it, as often as it likes. */
export type Request =
  | { kind: 'prepare'; problem: BenchProblem; work: Case; contender: Contender }
  | { kind: 'time'; calls: number };

/** Its answer: what the work gave, the milliseconds that the calls took, or why neither. */
export type Answer = { output: Output } | { milliseconds: number } | { error: string };

/** A process that answers requests, one after the other. */
export interface Responder {
  ask(request: Request): Promise<Answer>;
  close(): void;
}
