// Standard operators on matrices [rows, classes], row by row: those that onnxruntime's WebGPU providers have for float32.
import { type OnnxGraph, typeCode, type Value } from './graph.js';

/** Operators by what they do to a row. Where two operands differ in shape, [rows, 1], [1, classes] and scalars are repeated. */
export class RowOperators {
  constructor(readonly graph: OnnxGraph) {}

  number(value: number): Value {
    return this.graph.floats([value]);
  }

  /** Numbers of the classes, [1, classes]. */
  ofClasses(values: ArrayLike<number>): Value {
    return this.graph.floats(Float32Array.from(values), [1, values.length]);
  }

  /** The indices of `count` classes, [1, count]; float32 has all that there may be. */
  places(count: number): Value {
    return this.ofClasses(Float32Array.from({ length: count }, (_, i) => i));
  }

  add(a: Value, b: Value): Value {
    return this.graph.add('Add', [a, b]);
  }

  subtract(a: Value, b: Value): Value {
    return this.graph.add('Sub', [a, b]);
  }

  multiply(a: Value, b: Value): Value {
    return this.graph.add('Mul', [a, b]);
  }

  divide(a: Value, b: Value): Value {
    return this.graph.add('Div', [a, b]);
  }

  /** The operator leaves a factor of 1 out. */
  scale(a: Value, factor: number): Value {
    return factor === 1 ? a : this.multiply(a, this.number(factor));
  }

  negate(a: Value): Value {
    return this.graph.add('Neg', [a]);
  }

  magnitude(a: Value): Value {
    return this.graph.add('Abs', [a]);
  }

  logarithm(a: Value): Value {
    return this.graph.add('Log', [a]);
  }

  /** No less than `low`, no more than `high`. What becomes of NaN is up to the provider. */
  clip(a: Value, low: number, high?: number): Value {
    return this.graph.add('Clip', [a, this.number(low), ...(high === undefined ? [] : [this.number(high)])]);
  }

  /** One of the values, at least, must be a scalar; see `choose`. */
  where(condition: Value, a: Value, b: Value): Value {
    return this.graph.add('Where', [condition, a, b]);
  }

  /**
   * `a` where the condition holds, else `b`. Not one Where: onnxruntime's WebGPU provider in JavaScript (1.30) takes the kernel for
   * operands of one shape for those of several shapes, too, once it has made it for the same ranks.
   */
  choose(condition: Value, a: Value, b: Value): Value {
    const zero = this.number(0);
    return this.add(this.where(condition, a, zero), this.where(condition, zero, b));
  }

  less(a: Value, b: Value): Value {
    return this.graph.add('Less', [a, b]);
  }

  equal(a: Value, b: Value): Value {
    return this.graph.add('Equal', [a, b]);
  }

  not(a: Value): Value {
    return this.graph.add('Not', [a]);
  }

  /** As float32; of a condition 1 where it holds, else 0. */
  float(a: Value): Value {
    return this.graph.add('Cast', [a], { to: typeCode('float32') });
  }

  /** The sum of each row, [rows, 1]. */
  total(a: Value): Value {
    return this.graph.add('ReduceSum', [a, this.graph.integers([1])], { keepdims: 1 });
  }

  /** The largest element of each row, [rows, 1]. */
  largest(a: Value): Value {
    return this.graph.add('ReduceMax', [a], { axes: [1], keepdims: 1 });
  }

  /** The smallest element of each row, [rows, 1]. */
  smallest(a: Value): Value {
    return this.graph.add('ReduceMin', [a], { axes: [1], keepdims: 1 });
  }

  /**
   * At each of `count` columns the sum up to it; `exclusive`: without it. By additions of shifted matrices, as many as `count` has
   * binary digits: CumSum loops over the row for each of its elements on GPUs, and cannot be differentiated.
   */
  sumUpTo(a: Value, count: number, exclusive = false): Value {
    return this.#scan(a, count, 1, exclusive);
  }

  /** At each of `count` columns the sum from it on; `exclusive`: without it. */
  sumFrom(a: Value, count: number, exclusive = false): Value {
    return this.#scan(a, count, -1, exclusive);
  }

  #scan(a: Value, count: number, direction: 1 | -1, exclusive: boolean): Value {
    let sums = a;
    for (let step = 1; step < count; step *= 2) sums = this.add(sums, this.#shift(sums, direction * step));
    return exclusive ? this.#shift(sums, direction) : sums;
  }

  /** Columns moved to the right, or where negative to the left; zeros follow. */
  #shift(a: Value, by: number): Value {
    return this.graph.add('Pad', [a, this.graph.integers([0, by, 0, -by])]);
  }

  /** The columns of these indices. */
  columns(a: Value, indices: readonly number[]): Value {
    return this.graph.add('Gather', [a, this.graph.integers(indices)], { axis: 1 });
  }

  /** The elements of `values` that the rows name, [rows, 1]. */
  look(values: ArrayLike<number>, indices: Value): Value {
    return this.graph.add('Gather', [this.graph.floats(Float32Array.from(values), [values.length]), indices], {
      axis: 0,
    });
  }

  /** The element of each row at its own column, [rows, 1]. */
  pick(a: Value, columns: Value): Value {
    return this.graph.add('GatherElements', [a, columns], { axis: 1 });
  }
}
