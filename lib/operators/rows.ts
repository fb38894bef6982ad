// The inputs and results of the EMD of rows, as values of an expression.
import type { RowOperators } from './row-operators.js';

/** The inputs of the EMD. */
export interface Rows<Value> {
  /** Probabilities, [rows, classes]. */
  p: Value;
  /** Target distributions, [rows, classes]. */
  t(): Value;
  /** Class indices, if that is what the targets are. */
  label?: Label<Value>;
  /** Whether probabilities come from a softmax, and so add up to 1: then a constant may be added to the slopes of a row. */
  softmax: boolean;
}

/** Class indices, [rows, 1]. */
export interface Label<Value> {
  /** As integers, for operators that look something up. */
  index: Value;
  /** As float32, for comparison with places. */
  place(): Value;
}

/** The EMD of rows. What only a gradient needs is computed when it is asked for. */
export interface RowEmd<Value> {
  /** [rows, 1] */
  emd: Value;
  /** [rows, classes] */
  slope(): Value;
  /** `sum_i p_i slope_i`, [rows, 1], if it is known without adding it up. */
  mean?(): Value;
}

/** The EMD of rows and its slope dE/dp, for one ground distance and power. Its constants are the same arrays in each call. */
export type EmdOfRows = <Value>(o: RowOperators<Value>, rows: Rows<Value>) => RowEmd<Value>;
