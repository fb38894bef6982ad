import type { BenchProblem } from '../cases/bench-problem.js';
import type { Case, Work } from '../cases/case.js';

/** Something that does the work of a case: this package, or what a user would use instead. One file each. */
export interface Peer {
  readonly name: string;
  /** What it can do. Default: the loss. */
  readonly works?: readonly Work[];
  /** The program that runs it. Default: worker.js, which asks `prepare`. */
  readonly program?: 'node' | 'python';
  /** How it takes part in a case; empty if it cannot. */
  contenders(work: Case, variants: Variants): Contender[];
  /** What it works on instead, for a yardstick. */
  instead?(work: Case): Case;
  /** Gets ready, in a process of its own. */
  prepare(problem: BenchProblem, work: Case, contender: Contender): Runner | Promise<Runner>;
}

/** What of this package to run. */
export interface Variants {
  /** Best last. */
  readonly isas: readonly string[];
  readonly threads: readonly number[];
  /** Peers that take long to get ready stay out. */
  readonly quick: boolean;
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
  /** By how much more than this package it may be off: some compute in single precision as it comes. Default: 1. */
  readonly looseness?: number;
}

export interface Runner {
  /** The work, once. This alone is timed. What returns a promise is awaited. */
  run(): void | Promise<void>;
  /** What the last run gave. */
  output(): Output;
}

/** What is verified before the timing. */
export type Output =
  | { readonly kind: 'loss'; readonly loss: number; readonly gradient: Float32Array }
  | { readonly kind: 'numbers'; readonly values: Float32Array | Float64Array }
  | { readonly kind: 'copy'; readonly source: Float32Array; readonly copy: Float32Array }
  | { readonly kind: 'nothing' };

/** Few enough elements for what a call costs by itself to matter. */
export const isSmall = ({ rows, classes }: Case) => rows * classes <= 1024;
