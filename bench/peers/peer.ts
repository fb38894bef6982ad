import type { Case } from '../cases/case.js';
import type { BenchProblem } from '../cases/problem.js';

/** Something that does the work of a case: this package, or what a user would use instead. One file each. */
export interface Peer {
  readonly name: string;
  /** How it takes part in a case; empty if it cannot. */
  contenders(work: Case, variants: Variants): Contender[];
  /** What it works on instead, for a yardstick. */
  instead?(work: Case): Case;
  /** Gets ready, in a process of its own. */
  prepare(problem: BenchProblem, work: Case, contender: Contender): Runner;
}

/** What of this package to run. */
export interface Variants {
  /** Best last. */
  readonly isas: readonly string[];
  readonly threads: readonly number[];
}

/** A peer in one of its variants. */
export interface Contender {
  readonly peer: string;
  /** As reports say it. */
  readonly name: string;
  readonly isa?: string;
  readonly threads?: number;
  /** Reports say how many times faster than the others it is. */
  readonly subject?: boolean;
  /** It does not do the work: a time for each element would say nothing. */
  readonly idle?: boolean;
}

export interface Runner {
  /** The work, once. This alone is timed. */
  run(): void;
  /** What the last run gave. */
  output(): Output;
}

/** What is verified before the timing. */
export type Output =
  | { readonly kind: 'loss'; readonly loss: number; readonly gradient: Float32Array }
  | { readonly kind: 'copy'; readonly source: Float32Array; readonly copy: Float32Array }
  | { readonly kind: 'nothing' };

/** Few enough elements for what a call costs by itself to matter. */
export const isSmall = ({ rows, classes }: Case) => rows * classes <= 1024;
