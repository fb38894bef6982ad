// The operators of expressions as standard operators of ONNX: only those that onnxruntime's WebGPU providers have for float32.
import { RowOperators } from '../operators/row-operators.js';
import { type OnnxGraph, typeCode, type Value } from './graph.js';

export class OnnxOperators extends RowOperators<Value> {
  constructor(readonly graph: OnnxGraph) {
    super();
  }

  number(value: number): Value {
    return this.graph.floats([value]);
  }

  index(value: number): Value {
    return this.graph.integers([value]);
  }

  ofClasses(values: ArrayLike<number>): Value {
    return this.matrix(values, values.length);
  }

  matrix(values: ArrayLike<number>, columns: number): Value {
    const numbers = values instanceof Float32Array ? values : Float32Array.from(values);
    return this.graph.floats(numbers, [values.length / columns, columns]);
  }

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

  negate(a: Value): Value {
    return this.graph.add('Neg', [a]);
  }

  magnitude(a: Value): Value {
    return this.graph.add('Abs', [a]);
  }

  logarithm(a: Value): Value {
    return this.graph.add('Log', [a]);
  }

  exponential(a: Value): Value {
    return this.graph.add('Exp', [a]);
  }

  root(a: Value): Value {
    return this.graph.add('Sqrt', [a]);
  }

  positivePart(a: Value): Value {
    return this.graph.add('Relu', [a]);
  }

  clip(a: Value, low: number, high?: number): Value {
    return this.graph.add('Clip', [a, this.number(low), ...(high === undefined ? [] : [this.number(high)])]);
  }

  softmax(a: Value): Value {
    return this.graph.add('Softmax', [a], { axis: 1 });
  }

  product(a: Value, b: Value): Value {
    return this.graph.add('MatMul', [a, b]);
  }

  less(a: Value, b: Value): Value {
    return this.graph.add('Less', [a, b]);
  }

  lessOrEqual(a: Value, b: Value): Value {
    return this.graph.add('LessOrEqual', [a, b]);
  }

  equal(a: Value, b: Value): Value {
    return this.graph.add('Equal', [a, b]);
  }

  not(a: Value): Value {
    return this.graph.add('Not', [a]);
  }

  and(a: Value, b: Value): Value {
    return this.graph.add('And', [a, b]);
  }

  or(a: Value, b: Value): Value {
    return this.graph.add('Or', [a, b]);
  }

  where(condition: Value, a: Value, b: Value): Value {
    return this.graph.add('Where', [condition, a, b]);
  }

  /**
   * Not a single Where: onnxruntime's WebGPU provider in JavaScript (1.30) uses the kernel for operands of one shape also for
   * operands of several shapes, once it has made it for the same ranks.
   */
  choose(condition: Value, a: Value, b: Value): Value {
    const zero = this.number(0);
    return this.add(this.where(condition, a, zero), this.where(condition, zero, b));
  }

  float(a: Value): Value {
    return this.graph.add('Cast', [a], { to: typeCode('float32') });
  }

  total(a: Value): Value {
    return this.graph.add('ReduceSum', [a, this.graph.integers([1])], { keepdims: 1 });
  }

  sum(a: Value): Value {
    return this.graph.add('ReduceSum', [a], { keepdims: 0 });
  }

  /** onnxruntime's WebGPU providers have no Size. */
  count(a: Value): Value {
    return this.float(this.graph.add('ReduceProd', [this.graph.add('Shape', [a])], { keepdims: 0 }));
  }

  largest(a: Value): Value {
    return this.graph.add('ReduceMax', [a], { axes: [1], keepdims: 1 });
  }

  smallest(a: Value): Value {
    return this.graph.add('ReduceMin', [a], { axes: [1], keepdims: 1 });
  }

  columns(a: Value, indices: readonly number[]): Value {
    return this.graph.add('Gather', [a, this.graph.integers(indices)], { axis: 1 });
  }

  look(values: ArrayLike<number>, indices: Value): Value {
    const list = this.graph.floats(Float32Array.from(values), [values.length]);
    return this.graph.add('Gather', [list, indices], { axis: 0 });
  }

  pick(a: Value, columns: Value): Value {
    return this.graph.add('GatherElements', [a, columns], { axis: 1 });
  }

  rowsOf(matrix: Value, indices: Value): Value {
    const list = this.graph.add('Reshape', [indices, this.graph.integers([-1])]);
    return this.graph.add('Gather', [matrix, list], { axis: 0 });
  }

  /**
   * Adds shifted matrices, as many as `count` has binary digits. CumSum on GPUs would loop over the row for each of its elements,
   * and it cannot be differentiated.
   */
  protected scan(a: Value, count: number, direction: 1 | -1, exclusive: boolean): Value {
    let sums = a;
    for (let step = 1; step < count; step *= 2) sums = this.add(sums, this.#shift(sums, direction * step));
    return exclusive ? this.#shift(sums, direction) : sums;
  }

  /** Shifts columns to the right, or to the left if `by` is negative, and fills up with zeros. */
  #shift(a: Value, by: number): Value {
    return this.graph.add('Pad', [a, this.graph.integers([0, by, 0, -by])]);
  }
}
