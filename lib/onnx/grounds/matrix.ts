// Any distances between all pairs of classes.
import type { GroundDistance } from '../../distances/ground-distance.js';
import type { RowOperators } from '../row-operators.js';
import type { RowEmd, Rows } from '../rows.js';

export function matrix(o: RowOperators, ground: GroundDistance, { classes, power, p, t, label }: Rows): RowEmd {
  const { distances, exponent = 1, offset = 0 } = ground;
  const values = distances ?? new Float32Array(0); // a copy
  for (let i = 0; i < values.length; i++) values[i] = values[i] ** exponent + offset;
  const costs = o.graph.floats(values, [classes, classes]);
  const row = label && o.graph.add('Reshape', [label.index, o.graph.integers([-1])]);
  const c = row ? o.graph.add('Gather', [costs, row], { axis: 0 }) : o.graph.add('MatMul', [t(), costs]);
  const weighted = power === 2 ? o.multiply(p, c) : c;
  const emd = o.total(o.multiply(weighted, p));
  return { emd, slope: () => o.scale(weighted, power), mean: () => o.scale(emd, power) };
}
