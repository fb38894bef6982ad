// Tensors of any leading dimensions as matrices [rows, classes], and back. No dimension is left to be inferred: there may be no rows.
import type { OnnxGraph, Value } from './graph.js';

export class Layout {
  readonly #graph: OnnxGraph;
  readonly #axis: -1 | 1;
  readonly #classes: Value;
  readonly #logits: Value;

  /** @param axis -1: logits are [.., classes]; 1: [batch, classes, ..]. */
  constructor(graph: OnnxGraph, axis: -1 | 1, classes: number, logits: Value) {
    this.#graph = graph;
    this.#axis = axis;
    this.#classes = graph.integers([classes]);
    this.#logits = logits;
  }

  /** [rows, classes], of a tensor of the logits' shape. */
  rows(value: Value): Value {
    if (this.#axis === -1) return this.#reshape(value, [this.#size(0, -1), this.#classes]);
    const outer = this.#size(0, 1);
    const inner = this.#size(2);
    const middle = this.#reshape(value, [outer, this.#classes, inner]);
    const rows = this.#graph.add('Mul', [outer, inner]);
    return this.#reshape(this.#graph.add('Transpose', [middle], { perm: [0, 2, 1] }), [rows, this.#classes]);
  }

  /** [rows, 1], of a tensor with an element per row. */
  column(value: Value): Value {
    const rows = this.#axis === -1 ? this.#size(0, -1) : this.#graph.add('Mul', [this.#size(0, 1), this.#size(2)]);
    return this.#reshape(value, [rows, this.#graph.integers([1])]);
  }

  /** The logits' shape, of [rows, classes]. */
  back(value: Value): Value {
    const shape = [this.#graph.add('Shape', [this.#logits])];
    if (this.#axis === -1) return this.#reshape(value, shape);
    const split = this.#reshape(value, [this.#size(0, 1), this.#size(2), this.#classes]);
    return this.#reshape(this.#graph.add('Transpose', [split], { perm: [0, 2, 1] }), shape);
  }

  /** An element per row in a tensor of the logits' dimensions but that of the classes. */
  perRow(value: Value): Value {
    return this.#reshape(value, this.#axis === -1 ? [this.#shape(0, -1)] : [this.#shape(0, 1), this.#shape(2)]);
  }

  /** Dimensions of the logits. */
  #shape(start: number, end?: number): Value {
    return this.#graph.add('Shape', [this.#logits], end === undefined ? { start } : { start, end });
  }

  /** Their product, of none 1. */
  #size(start: number, end?: number): Value {
    const all = this.#graph.add('Concat', [this.#graph.integers([1]), this.#shape(start, end)], { axis: 0 });
    return this.#graph.add('ReduceProd', [all], { keepdims: 1 });
  }

  #reshape(value: Value, dims: readonly Value[]): Value {
    const shape = dims.length === 1 ? dims[0] : this.#graph.add('Concat', dims, { axis: 0 });
    return this.#graph.add('Reshape', [value, shape], { allowzero: 1 });
  }
}
