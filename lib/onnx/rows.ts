// What the EMD of rows is computed from, and what comes of it, as values of a graph.
import type { Value } from './graph.js';

/** What the EMD is computed from. */
export interface Rows {
  classes: number;
  power: number;
  /** Probabilities, [rows, classes]. */
  p: Value;
  /** Target distributions, [rows, classes]. */
  t(): Value;
  /** Class indices, where targets are such. */
  label?: Label;
  /** Whether a constant may be added to the slopes of a row: probabilities that come from a softmax add up to 1. */
  softmax: boolean;
}

/** Class indices, [rows, 1]. */
export interface Label {
  /** As int64, for operators that look something up. */
  index: Value;
  /** As float32, to compare with places. */
  place(): Value;
}

/** What only a gradient needs is added to the graph when it is asked for. */
export interface RowEmd {
  /** [rows, 1] */
  emd: Value;
  /** [rows, classes] */
  slope(): Value;
  /** `sum_i p_i slope_i`, [rows, 1], where it is known otherwise. */
  mean?(): Value;
}
