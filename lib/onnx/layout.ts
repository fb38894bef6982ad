// Tensors of any leading dimensions as matrices [rows, classes], and back.
import { type OnnxGraph, typeCode, type Value } from './graph';

export class Layout {
  /** @param axis -1: logits are [.., classes]; 1: [batch, classes, ..]. */
  constructor(
    private readonly graph: OnnxGraph,
    private readonly axis: -1 | 1,
    private readonly classes: number,
    private readonly logits: Value,
  ) {}

  /** [rows, classes], of a tensor of the logits' shape. */
  rows(value: Value): Value {
    const { graph, classes } = this;
    if (this.axis === -1) return this.#reshape(value, graph.integers([-1, classes]));
    const middle = this.#reshape(value, graph.integers([0, classes, -1])); // 0: as it is
    return this.#reshape(graph.add('Transpose', [middle], { perm: [0, 2, 1] }), graph.integers([-1, classes]));
  }

  /** [rows, 1] as int64, of a tensor with an element per row. */
  column(value: Value): Value {
    const wide = this.graph.add('Cast', [value], { to: typeCode('int64') });
    return this.#reshape(wide, this.graph.integers([-1, 1]));
  }

  /** The logits' shape, of [rows, classes]. */
  back(value: Value): Value {
    const { graph, classes } = this;
    const shape = graph.add('Shape', [this.logits]);
    if (this.axis === -1) return this.#reshape(value, shape);
    const batch = graph.add('Shape', [this.logits], { start: 0, end: 1 });
    const split = this.#reshape(value, graph.add('Concat', [batch, graph.integers([-1, classes])], { axis: 0 }));
    return this.#reshape(graph.add('Transpose', [split], { perm: [0, 2, 1] }), shape);
  }

  /** An element per row in a tensor of the logits' dimensions but that of the classes. */
  perRow(value: Value): Value {
    const { graph, logits } = this;
    if (this.axis === -1) return this.#reshape(value, graph.add('Shape', [logits], { start: 0, end: -1 }));
    const parts = [graph.add('Shape', [logits], { start: 0, end: 1 }), graph.add('Shape', [logits], { start: 2 })];
    return this.#reshape(value, graph.add('Concat', parts, { axis: 0 }));
  }

  #reshape(value: Value, shape: Value): Value {
    return this.graph.add('Reshape', [value, shape]);
  }
}
