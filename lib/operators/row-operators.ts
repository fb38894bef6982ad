// What the loss is written with where it is an expression: operators on matrices [rows, classes], row by row. A graph of ONNX and the
// tensors of a framework are values; implementations are beside what they are made for.

/**
 * Operators by what they do to a row. Where two operands differ in shape, [rows, 1], [1, classes] and scalars are repeated.
 *
 * Arrays of numbers that become constants are not changed afterwards: an implementation may keep what it has made of one.
 */
export abstract class RowOperators<Value> {
  /** A scalar. */
  abstract number(value: number): Value;

  /** A whole number as a scalar, to compare class indices with. */
  abstract index(value: number): Value;

  /** Numbers of the classes, [1, classes]. */
  abstract ofClasses(values: ArrayLike<number>): Value;

  /** Rows of `columns` numbers each. */
  abstract matrix(values: ArrayLike<number>, columns: number): Value;

  /** The indices of `count` classes as numbers, [1, count]; float32 has all that there may be. */
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

  /** What is negative becomes 0. */
  abstract positivePart(a: Value): Value;

  /** No less than `low`, no more than `high`. What becomes of NaN is up to the provider. */
  abstract clip(a: Value, low: number, high?: number): Value;

  /** Of each row. */
  abstract softmax(a: Value): Value;

  /** [rows, n] times [n, columns]. */
  abstract product(a: Value, b: Value): Value;

  abstract less(a: Value, b: Value): Value;
  abstract lessOrEqual(a: Value, b: Value): Value;
  abstract equal(a: Value, b: Value): Value;
  abstract not(a: Value): Value;
  abstract and(a: Value, b: Value): Value;
  abstract or(a: Value, b: Value): Value;

  /** One of the values, at least, must be a scalar; see `choose`. */
  abstract where(condition: Value, a: Value, b: Value): Value;

  /** `a` where the condition holds, else `b`, of any shapes. */
  abstract choose(condition: Value, a: Value, b: Value): Value;

  /** As float32; of a condition 1 where it holds, else 0. */
  abstract float(a: Value): Value;

  /** The sum of each row, [rows, 1]. */
  abstract total(a: Value): Value;

  /** The sum of all elements, a scalar. */
  abstract sum(a: Value): Value;

  /** How many elements there are, a scalar. */
  abstract count(a: Value): Value;

  /** The largest element of each row, [rows, 1]. */
  abstract largest(a: Value): Value;

  /** The smallest element of each row, [rows, 1]. */
  abstract smallest(a: Value): Value;

  /** The columns of these indices. */
  abstract columns(a: Value, indices: readonly number[]): Value;

  /** The elements of `values` that class indices [rows, 1] name, [rows, 1]. */
  abstract look(values: ArrayLike<number>, indices: Value): Value;

  /** The element of each row at its own column, [rows, 1]. */
  abstract pick(a: Value, columns: Value): Value;

  /** The rows of a matrix that class indices [rows, 1] name. */
  abstract rowsOf(matrix: Value, indices: Value): Value;

  /** The operator leaves a factor of 1 out. */
  scale(a: Value, factor: number): Value {
    return factor === 1 ? a : this.multiply(a, this.number(factor));
  }

  /** At each of `count` columns the sum up to it; `exclusive`: without it. */
  sumUpTo(a: Value, count: number, exclusive = false): Value {
    return this.scan(a, count, 1, exclusive);
  }

  /** At each of `count` columns the sum from it on; `exclusive`: without it. */
  sumFrom(a: Value, count: number, exclusive = false): Value {
    return this.scan(a, count, -1, exclusive);
  }

  /** Sums from the first column on where `direction` is 1, from the last where it is -1. */
  protected abstract scan(a: Value, count: number, direction: 1 | -1, exclusive: boolean): Value;
}
