// Classes on a circle.
import { allTo, apartOn, crossings, ones, places } from '../../operators/flow.js';
import type { RowOperators } from '../../operators/row-operators.js';
import type { RowEmd } from '../../operators/rows.js';
import { aroundMedian } from '../../operators/weighted-median.js';
import type { Form } from '../form.js';

export const circular: Form = ({ gaps: given }, { classes, power }) => {
  const circle = circleOf(Array.from(given ?? ones(classes)));
  const { gaps, widest, length } = circle;
  // Places on a line that is cut at the widest gap, which the way along it never crosses.
  const apart = apartOn(places(gaps, (widest + 1) % classes));
  return (o, rows) => {
    const { label, softmax, p } = rows;
    if (power === 1 && label !== undefined && softmax) {
      const direct = apart(o, label);
      const round = o.number(length);
      const shorter = o.subtract(direct, o.positivePart(o.subtract(o.scale(direct, 2), round)));
      return allTo(o, shorter, p);
    }
    const delta = crossings(o, rows, classes);
    return power === 1 ? aroundMedian(o, gaps, delta) : aroundMean(o, circle, delta);
  };
};

interface Circle {
  gaps: readonly number[];
  /** The sum of the gaps. */
  length: number;
  /** The index of the first of the widest gaps. */
  widest: number;
  /** 1 at that index, else 0. */
  place: readonly number[];
  /** The gaps without that one. */
  others: readonly number[];
}

function circleOf(gaps: readonly number[]): Circle {
  const widest = gaps.reduce((best, gap, i) => (gap > gaps[best] ? i : best), 0);
  return {
    gaps,
    length: gaps.reduce((a, b) => a + b, 0),
    widest,
    place: gaps.map((_, i) => (i === widest ? 1 : 0)),
    others: gaps.map((gap, i) => (i === widest ? 0 : gap)),
  };
}

/** `min_a sum w (delta - a)^2`: `a` is the weighted mean of each row. */
function aroundMean<Value>(o: RowOperators<Value>, circle: Circle, delta: Value): RowEmd<Value> {
  const { gaps, length, widest } = circle;
  const moved = o.subtract(delta, o.scale(o.total(o.multiply(o.ofClasses(gaps), delta)), 1 / length));
  // All `w (delta - a)` add up to 0, so that of the widest gap, which would cancel, is minus the sum of the others.
  const others = o.multiply(o.ofClasses(circle.others), moved);
  const balance = o.total(others);
  const own = o.multiply(o.scale(balance, 1 / gaps[widest]), balance);
  const slope = () => {
    const place = o.ofClasses(circle.place);
    return o.sumFrom(o.scale(o.subtract(others, o.multiply(place, balance)), 2), gaps.length);
  };
  return { emd: o.add(o.total(o.multiply(others, moved)), own), slope };
}
