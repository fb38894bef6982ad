// Any distances between all pairs of classes: their energy, one matrix product with the distances.
import type { GroundDistance } from '../../distances/ground-distance.js';
import type { Value } from '../graph.js';
import type { RowOperators } from '../row-operators.js';
import type { RowEmd, Rows } from '../rows.js';

export function energy(o: RowOperators, ground: GroundDistance, rows: Rows): RowEmd {
  const { classes, p, t, label, softmax } = rows;
  const { distances, exponent = 1, indefinite } = ground;
  const values = distances ?? new Float32Array(0); // a copy
  for (let i = 0; i < values.length; i++) values[i] **= exponent;
  const m = o.graph.floats(values, [classes, classes]);
  const finish = (emd: Value) => (indefinite ? emd : o.graph.add('Relu', [emd]));
  if (label === undefined || !softmax) {
    const x = o.subtract(p, t());
    const slope = o.negate(o.graph.add('MatMul', [x, m]));
    return { emd: finish(o.scale(o.total(o.multiply(x, slope)), 0.5)), slope: () => slope };
  }
  // All mass moves to the label: nothing cancels in what is made of the masses that do, and the slope is 0 at the label.
  const moved = o.where(o.equal(o.places(classes), label.place()), o.number(0), p);
  const product = o.graph.add('MatMul', [moved, m]);
  const own = o.graph.add('Gather', [m, o.graph.add('Reshape', [label.index, o.graph.integers([-1])])], { axis: 0 });
  const slope = o.add(o.multiply(o.total(moved), own), o.subtract(o.pick(product, label.index), product));
  const twice = o.total(o.multiply(moved, slope));
  return { emd: finish(o.scale(twice, 0.5)), slope: () => slope, mean: () => twice };
}
