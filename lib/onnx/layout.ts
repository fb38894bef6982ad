// From tensors with any leading dimensions to matrices [rows, classes], and back. No dimension is left to be inferred, as there
// may be no rows.
import type { OnnxGraph, Value } from './graph.js';

export class Layout {
  readonly #graph: OnnxGraph;
  readonly #axis: -1 | 1;
  readonly #classes: Value;
  readonly #logits: Value;

  /** @param axis -1 if logits are [.., classes]; 1 if they are [batch, classes, ..]. */
  constructor(graph: OnnxGraph, axis: -1 | 1, classes: number, logits: Value) {
    this.#graph = graph;
    this.#axis = axis;
    this.#classes = graph.integers([classes]);
    this.#logits = logits;
  }

  /** From a tensor of the logits' shape to [rows, classes]. */
  rows(value: Value): Value {
    if (this.#axis === -1) return this.#reshape(value, [this.#size(0, -1), this.#classes]);
    const outer = this.#size(0, 1);
    const inner = this.#size(2);
    const middle = this.#reshape(value, [outer, this.#classes, inner]);
    const rows = this.#graph.add('Mul', [outer, inner]);
    return this.#reshape(this.#graph.add('Transpose', [middle], { perm: [0, 2, 1] }), [rows, this.#classes]);
  }

  /** From a tensor with an element per row to [rows, 1]. */
  column(value: Value): Value {
    const rows = this.#axis === -1 ? this.#size(0, -1) : this.#graph.add('Mul', [this.#size(0, 1), this.#size(2)]);
    return this.#reshape(value, [rows, this.#graph.integers([1])]);
  }

  /** From [rows, classes] to the logits' shape. */
  back(value: Value): Value {
    const shape = [this.#graph.add('Shape', [this.#logits])];
    if (this.#axis === -1) return this.#reshape(value, shape);
    const split = this.#reshape(value, [this.#size(0, 1), this.#size(2), this.#classes]);
    return this.#reshape(this.#graph.add('Transpose', [split], { perm: [0, 2, 1] }), shape);
  }

  /** From an element per row to the logits' shape without the classes. */
  perRow(value: Value): Value {
    return this.#reshape(value, this.#axis === -1 ? [this.#shape(0, -1)] : [this.#shape(0, 1), this.#shape(2)]);
  }

  /** Some of the logits' dimensions. */
  #shape(start: number, end?: number): Value {
    return this.#graph.add('Shape', [this.#logits], end === undefined ? { start } : { start, end });
  }

  /** The product of these dimensions, 1 if there are none. */
  #size(start: number, end?: number): Value {
    const all = this.#graph.add('Concat', [this.#graph.integers([1]), this.#shape(start, end)], { axis: 0 });
    return this.#graph.add('ReduceProd', [all], { keepdims: 1 });
  }

  #reshape(value: Value, dims: readonly Value[]): Value {
    const shape = dims.length === 1 ? dims[0] : this.#graph.add('Concat', dims, { axis: 0 });
    return this.#graph.add('Reshape', [value, shape], { allowzero: 1 });
  }
}
