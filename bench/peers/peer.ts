import type { BenchProblem } from '../cases/bench-problem.js';
import type { Case, Work } from '../cases/case.js';

/** Something that does the work of a case: this package, or what a user would use instead. One file each. */
export interface Peer {
  readonly name: string;
  /** The kinds of work that it can do. Default: the loss. */
  readonly works?: readonly Work[];
  /** The program that runs it. Default: worker.js, which asks `prepare`. */
  readonly program?: 'node' | 'python';
  /** How it takes part in a case; empty if it cannot. */
  contenders(work: Case, variants: Variants): Contender[];
  /** For a yardstick: the case that it works on instead. */
  instead?(work: Case): Case;
  /** Gets ready, in a process of its own. */
  prepare(problem: BenchProblem, work: Case, contender: Contender): Runner | Promise<Runner>;
}

/** The variants of this package to run. */
export interface Variants {
  /** Best last. */
  readonly isas: readonly string[];
  readonly threads: readonly number[];
  /** Whether peers that take long to get ready are left out. */
  readonly quick: boolean;
}

/** A peer in one of its variants. */
export interface Contender {
  readonly peer: string;
  /** The name in reports. */
  readonly name: string;
  readonly isa?: string;
  readonly threads?: number;
  /** Whether reports say how many times faster than the others it is. */
  readonly subject?: boolean;
  /** Whether it does not do the work, so that a time per element would mean nothing. */
  readonly idle?: boolean;
  /** How many times larger than this package's its errors may be, as some add up in single precision. Default: 1. */
  readonly looseness?: number;
}

export interface Runner {
  /** Does the work once. Only this is timed; a promise is awaited. */
  run(): void | Promise<void>;
  /** The output of the last run. */
  output(): Output;
}

/** The output that is verified before the timing. */
export type Output =
  | { readonly kind: 'loss'; readonly loss: number; readonly gradient: Float32Array }
  | { readonly kind: 'numbers'; readonly values: Float32Array | Float64Array }
  | { readonly kind: 'copy'; readonly source: Float32Array; readonly copy: Float32Array }
  | { readonly kind: 'nothing' };

/** Whether a case has so few elements that the cost of the call itself matters. */
export const isSmall = ({ rows, classes }: Case) => rows * classes <= 1024;
