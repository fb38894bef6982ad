// What the EMD of rows is computed from, and what comes of it, as values of an expression.
import type { RowOperators } from './row-operators.js';

/** What the EMD is computed from. */
export interface Rows<Value> {
  /** Probabilities, [rows, classes]. */
  p: Value;
  /** Target distributions, [rows, classes]. */
  t(): Value;
  /** Class indices, where targets are such. */
  label?: Label<Value>;
  /** Whether a constant may be added to the slopes of a row: probabilities that come from a softmax add up to 1. */
  softmax: boolean;
}

/** Class indices, [rows, 1]. */
export interface Label<Value> {
  /** For operators that look something up. */
  index: Value;
  /** As float32, to compare with places. */
  place(): Value;
}

/** What only a gradient needs is computed when it is asked for. */
export interface RowEmd<Value> {
  /** [rows, 1] */
  emd: Value;
  /** [rows, classes] */
  slope(): Value;
  /** `sum_i p_i slope_i`, [rows, 1], where it is known otherwise. */
  mean?(): Value;
}

/** The EMD of each row and its slope dE/dp, for one ground distance and power. Its constants are the same arrays in each call. */
export type EmdOfRows = <Value>(o: RowOperators<Value>, rows: Rows<Value>) => RowEmd<Value>;
