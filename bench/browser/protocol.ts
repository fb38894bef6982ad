// What the page offers to the program that drives it.

export interface Batch {
  rows: number;
  classes: number;
}

export interface Timed {
  name: string;
  /** Of a call, by round; in a round each contender has its turn. */
  milliseconds: number[];
  /** Why it was not timed. */
  fault?: string;
  /** Of one call on a GPU: kernels that run, and bytes that are bound to them. They hold on any device. */
  counts?: { dispatches: number; bytes: number };
}

export interface PageApi {
  /** Verifies and times all contenders on a batch. */
  time(batch: Batch): Promise<Timed[]>;
}
