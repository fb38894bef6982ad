// Classes on a circle.
import type { GroundDistance } from '../../distances/ground-distance.js';
import type { Value } from '../graph.js';
import type { RowOperators } from '../row-operators.js';
import type { Label, RowEmd, Rows } from '../rows.js';
import { allTo, apart, crossings, ones, places } from './flow.js';
import { aroundMedian } from './weighted-median.js';

export function circular(o: RowOperators, ground: GroundDistance, rows: Rows): RowEmd {
  const { power, label, softmax, p } = rows;
  const gaps = Array.from(ground.gaps ?? ones(rows.classes));
  if (power === 1 && label !== undefined && softmax) return allTo(o, arcs(o, gaps, label), p);
  const delta = crossings(o, rows);
  return power === 1 ? aroundMedian(o, gaps, delta) : aroundMean(o, gaps, delta);
}

/** How far each class is from the label, the shorter way round. The way along the line never crosses the widest gap. */
function arcs(o: RowOperators, gaps: readonly number[], label: Label): Value {
  const direct = apart(o, places(gaps, (widestOf(gaps) + 1) % gaps.length), label);
  const length = o.number(sumOf(gaps));
  return o.subtract(direct, o.graph.add('Relu', [o.subtract(o.scale(direct, 2), length)]));
}

const sumOf = (gaps: readonly number[]) => gaps.reduce((a, b) => a + b, 0);
/** The first of the widest gaps. */
const widestOf = (gaps: readonly number[]) => gaps.reduce((best, gap, i) => (gap > gaps[best] ? i : best), 0);

/** `min_a sum w (delta - a)^2`: `a` is the weighted mean of each row. */
function aroundMean(o: RowOperators, gaps: readonly number[], delta: Value): RowEmd {
  const moved = o.subtract(delta, o.scale(o.total(o.multiply(o.ofClasses(gaps), delta)), 1 / sumOf(gaps)));
  // All `w (delta - a)` add up to 0: that of the widest gap, which would cancel, is minus the sum of the others.
  const widest = widestOf(gaps);
  const others = o.multiply(o.ofClasses(gaps.map((gap, i) => (i === widest ? 0 : gap))), moved);
  const balance = o.total(others);
  const own = o.multiply(o.scale(balance, 1 / gaps[widest]), balance);
  const slope = () => {
    const place = o.ofClasses(gaps.map((_, i) => (i === widest ? 1 : 0)));
    return o.sumFrom(o.scale(o.subtract(others, o.multiply(place, balance)), 2), gaps.length);
  };
  return { emd: o.add(o.total(o.multiply(others, moved)), own), slope };
}
