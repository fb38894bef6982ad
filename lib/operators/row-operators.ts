// The operators in which the loss is written as an expression. Values are matrices [rows, classes]: nodes of an ONNX graph, or
// tensors of a framework. Implementations are in the folder of what they are for.

/**
 * Operators on rows. Where two operands differ in shape, [rows, 1], [1, classes] and scalars are broadcast.
 *
 * Arrays of numbers that become constants never change afterwards, so an implementation may keep the constant it has made of one.
 */
export abstract class RowOperators<Value> {
  /** A scalar. */
  abstract number(value: number): Value;

  /** A whole number as a scalar, for comparison with class indices. */
  abstract index(value: number): Value;

  /** A number per class, [1, classes]. */
  abstract ofClasses(values: ArrayLike<number>): Value;

  /** A matrix whose rows have `columns` numbers each. */
  abstract matrix(values: ArrayLike<number>, columns: number): Value;

  /** The indices of `count` classes as float32 numbers, which are exact, [1, count]. */
  abstract places(count: number): Value;

  abstract add(a: Value, b: Value): Value;
  abstract subtract(a: Value, b: Value): Value;
  abstract multiply(a: Value, b: Value): Value;
  abstract divide(a: Value, b: Value): Value;
  abstract negate(a: Value): Value;
  abstract magnitude(a: Value): Value;
  abstract logarithm(a: Value): Value;
  abstract exponential(a: Value): Value;
  abstract root(a: Value): Value;

  /** Replaces negative elements by 0. */
  abstract positivePart(a: Value): Value;

  /** Limits elements to `low` and `high`. What becomes of NaN depends on the provider. */
  abstract clip(a: Value, low: number, high?: number): Value;

  /** The softmax of each row. */
  abstract softmax(a: Value): Value;

  /** [rows, n] times [n, columns]. */
  abstract product(a: Value, b: Value): Value;

  abstract less(a: Value, b: Value): Value;
  abstract lessOrEqual(a: Value, b: Value): Value;
  abstract equal(a: Value, b: Value): Value;
  abstract not(a: Value): Value;
  abstract and(a: Value, b: Value): Value;
  abstract or(a: Value, b: Value): Value;

  /** `a` where the condition holds, else `b`. At least one of them must be a scalar; see `choose`. */
  abstract where(condition: Value, a: Value, b: Value): Value;

  /** `a` where the condition holds, else `b`, of any shapes. */
  abstract choose(condition: Value, a: Value, b: Value): Value;

  /** Converts to float32; a condition becomes 1 where it holds, else 0. */
  abstract float(a: Value): Value;

  /** The sum of each row, [rows, 1]. */
  abstract total(a: Value): Value;

  /** The sum of all elements, a scalar. */
  abstract sum(a: Value): Value;

  /** The number of elements, a scalar. */
  abstract count(a: Value): Value;

  /** The largest element of each row, [rows, 1]. */
  abstract largest(a: Value): Value;

  /** The smallest element of each row, [rows, 1]. */
  abstract smallest(a: Value): Value;

  /** The columns with these indices. */
  abstract columns(a: Value, indices: readonly number[]): Value;

  /** The elements of `values` at class indices [rows, 1], [rows, 1]. */
  abstract look(values: ArrayLike<number>, indices: Value): Value;

  /** One element of each row, whose column `columns` [rows, 1] gives, [rows, 1]. */
  abstract pick(a: Value, columns: Value): Value;

  /** The rows of a matrix at class indices [rows, 1]. */
  abstract rowsOf(matrix: Value, indices: Value): Value;

  /** A product with a number; no operator for a factor of 1. */
  scale(a: Value, factor: number): Value {
    return factor === 1 ? a : this.multiply(a, this.number(factor));
  }

  /** At each of `count` columns, the sum of the columns up to it, without its own if `exclusive`. */
  sumUpTo(a: Value, count: number, exclusive = false): Value {
    return this.scan(a, count, 1, exclusive);
  }

  /** At each of `count` columns, the sum of the columns from it on, without its own if `exclusive`. */
  sumFrom(a: Value, count: number, exclusive = false): Value {
    return this.scan(a, count, -1, exclusive);
  }

  /** Running sums, from the first column on if `direction` is 1, from the last if it is -1. */
  protected abstract scan(a: Value, count: number, direction: 1 | -1, exclusive: boolean): Value;
}
