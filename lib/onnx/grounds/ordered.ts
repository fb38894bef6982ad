// Classes in a row.
import type { GroundDistance } from '../../distances/ground-distance.js';
import type { RowOperators } from '../row-operators.js';
import type { RowEmd, Rows } from '../rows.js';
import { allTo, apart, crossings, ones, places, powers } from './flow.js';

export function ordered(o: RowOperators, ground: GroundDistance, rows: Rows): RowEmd {
  const { label, softmax, power, classes, p } = rows;
  const gaps = [...(ground.gaps ?? ones(classes - 1)), 0];
  if (label === undefined || !softmax) {
    const { emd, growth } = powers(o, o.ofClasses(gaps), crossings(o, rows), power);
    return { emd, slope: () => o.sumFrom(growth(), classes) };
  }
  if (power === 1) return allTo(o, apart(o, places(gaps, 0), label), p);
  const left = o.less(o.places(classes), label.place());
  const moved = o.choose(left, o.sumUpTo(p, classes), o.sumFrom(p, classes, true));
  const { emd, growth } = powers(o, o.ofClasses(gaps), moved, power);
  const slope = () => {
    // 0 at the label, so that its entry of the gradient is not the difference of large numbers.
    const all = growth();
    const none = o.number(0);
    const before = o.sumFrom(o.where(left, all, none), classes);
    return o.add(before, o.sumUpTo(o.where(left, none, all), classes, true));
  };
  return { emd, slope, mean: () => o.scale(emd, power) };
}
