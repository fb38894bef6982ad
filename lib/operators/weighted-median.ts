// The EMD of power 1 on a circle: `min_a sum w abs(delta - a)`, where `a` is a weighted median of each row.
import type { RowOperators } from './row-operators.js';
import type { RowEmd } from './rows.js';

/** Halvings of the range of a row: three more than float32 numbers have binary digits. */
const HALVINGS = 27;
/** How much sums of the same weights in different orders may differ, as a share of half of all weight. */
const ROUNDING = 1e-6;

/** By bisection, as sorting would need an operator that onnxruntime's WebGPU provider in JavaScript does not have. */
export function aroundMedian<Value>(o: RowOperators<Value>, gaps: readonly number[], delta: Value): RowEmd<Value> {
  const w = o.ofClasses(gaps);
  const own = medianBoundary(o, gaps, w, delta);
  const median = o.total(o.multiply(own, delta));
  const moved = o.subtract(delta, median);
  const slope = () => {
    const zero = o.number(0);
    const growth = o.subtract(o.where(o.less(zero, moved), w, zero), o.where(o.less(moved, zero), w, zero));
    // The slope at the median boundary balances all others.
    return o.sumFrom(o.subtract(growth, o.multiply(own, o.total(growth))), gaps.length);
  };
  return { emd: o.total(o.multiply(w, o.magnitude(moved))), slope };
}

/** 1 at the boundary whose delta is a median of the row, the first of several; else 0. */
function medianBoundary<Value>(o: RowOperators<Value>, gaps: readonly number[], w: Value, delta: Value): Value {
  const count = gaps.length;
  const half = gaps.reduce((a, b) => a + b, 0) / 2;
  const zero = o.number(0);
  const upTo = (bound: Value) => o.lessOrEqual(delta, bound);

  // Deltas up to `low` have less than half of all weight; those up to `low` and twice the last step have at least half.
  const [least, most] = [o.smallest(delta), o.largest(delta)];
  const range = o.subtract(most, least);
  let step = o.add(range, o.add(o.scale(o.magnitude(least), 1e-6), o.number(1e-30)));
  let low = o.subtract(least, step);
  for (let i = 0; i < HALVINGS; i++) {
    const next = o.add(low, step);
    const few = o.less(o.total(o.where(upTo(next), w, zero)), o.number(half));
    low = o.add(low, o.where(few, step, zero));
    step = o.scale(step, 0.5);
  }
  // Or up to the next float32 number, which may be farther away.
  const high = o.add(low, o.add(o.scale(step, 4), o.scale(o.magnitude(low), 2 ** -22)));

  // Of the deltas between them, the first with which half of all weight is reached.
  const below = upTo(low);
  const between = o.where(below, zero, o.where(upTo(high), w, zero));
  const reached = o.add(o.total(o.where(below, w, zero)), o.sumUpTo(between, count));
  const places = o.places(count);
  const beyond = o.number(count);
  const enough = o.less(o.number(half * (1 - ROUNDING)), reached);
  const candidate = o.where(enough, o.where(o.less(zero, between), places, beyond), beyond);
  return o.float(o.equal(places, o.smallest(candidate)));
}
