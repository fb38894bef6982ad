// Standard operators on matrices [rows, classes], row by row.
import { type OnnxGraph, typeCode, type Value } from './graph';

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

  sign(a: Value): Value {
    return this.graph.add('Sign', [a]);
  }

  where(condition: Value, a: Value, b: Value): Value {
    return this.graph.add('Where', [condition, a, b]);
  }

  less(a: Value, b: Value): Value {
    return this.graph.add('Less', [a, b]);
  }

  equal(a: Value, b: Value): Value {
    return this.graph.add('Equal', [a, b]);
  }

  /** 1 where it holds, else 0. */
  indicator(condition: Value): Value {
    return this.graph.add('Cast', [condition], { to: typeCode('float32') });
  }

  /** The sum of each row, [rows, 1]. */
  total(a: Value): Value {
    return this.graph.add('ReduceSum', [a, this.graph.integers([1])], { keepdims: 1 });
  }

  /** At each class the sum up to it; `exclusive`: without it. */
  sumUpTo(a: Value, exclusive = false): Value {
    return this.graph.add('CumSum', [a, this.graph.integers([1], [])], exclusive ? { exclusive: 1 } : {});
  }

  /** At each class the sum from it on; `exclusive`: without it. */
  sumFrom(a: Value, exclusive = false): Value {
    const attributes: Record<string, number> = exclusive ? { reverse: 1, exclusive: 1 } : { reverse: 1 };
    return this.graph.add('CumSum', [a, this.graph.integers([1], [])], attributes);
  }

  /** The columns of these indices. */
  columns(a: Value, indices: readonly number[]): Value {
    return this.graph.add('Gather', [a, this.graph.integers(indices)], { axis: 1 });
  }

  /** The columns of `values`, [1, n], that each row names, [rows, 1]. */
  look(values: ArrayLike<number>, indices: Value): Value {
    return this.graph.add('Gather', [this.graph.floats(Float32Array.from(values), [values.length]), indices], {
      axis: 0,
    });
  }
}
