// What forms of several ground distances share: mass that crosses from class to class, and distances along the line.
import type { RowOperators } from './row-operators.js';
import type { Label, RowEmd, Rows } from './rows.js';

export const ones = (count: number): number[] => new Array(count).fill(1);

/** `sum w abs(m)^power`, and its derivative with respect to each `m`. */
export function powers<Value>(
  o: RowOperators<Value>,
  w: Value,
  m: Value,
  power: number,
): { emd: Value; growth(): Value } {
  if (power === 2) {
    const weighted = o.multiply(w, m);
    return { emd: o.total(o.multiply(weighted, m)), growth: () => o.scale(weighted, 2) };
  }
  const zero = o.number(0);
  return {
    emd: o.total(o.multiply(w, o.magnitude(m))),
    growth: () => o.subtract(o.where(o.less(zero, m), w, zero), o.where(o.less(m, zero), w, zero)),
  };
}

/** The mass that crosses the boundary behind each class; for labels and a softmax, summed from the side where nothing cancels. */
export function crossings<Value>(
  o: RowOperators<Value>,
  { p, t, label, softmax }: Rows<Value>,
  classes: number,
): Value {
  if (label === undefined || !softmax) return o.sumUpTo(o.subtract(p, t()), classes);
  const left = o.less(o.places(classes), label.place());
  return o.choose(left, o.sumUpTo(p, classes), o.negate(o.sumFrom(p, classes, true)));
}

/** Power 1 with class indices, where all mass goes to the label: E is the mean of the distances. */
export function allTo<Value>(o: RowOperators<Value>, distances: Value, p: Value): RowEmd<Value> {
  const emd = o.total(o.multiply(p, distances));
  return { emd, slope: () => distances, mean: () => emd };
}

/** How far each class is from a label along the line. */
export type Apart = <Value>(o: RowOperators<Value>, label: Label<Value>) => Value;

/** @param xs The places of the classes. */
export function apartOn(xs: readonly number[]): Apart {
  // A difference of float32 places has a large error where it is much smaller than they are. So places are split, and their first
  // digits are subtracted exactly.
  const unit = 2 ** (Math.ceil(Math.log2(xs.reduce((a, b) => Math.max(a, b)))) - 12);
  const first = xs.map((x) => Math.round(x / unit) * unit);
  const rest = xs.map((x, i) => x - first[i]);
  const exact = rest.every((part) => part === 0);
  return (o, { index }) => {
    const fromLabel = (values: number[]) => o.subtract(o.ofClasses(values), o.look(values, index));
    const coarse = fromLabel(first);
    return o.magnitude(exact ? coarse : o.add(coarse, fromLabel(rest)));
  };
}

/** The places of the classes on a walk that begins at class `first` and goes over the gaps behind each. */
export function places(gaps: readonly number[], first: number): number[] {
  const xs = new Array<number>(gaps.length);
  let x = 0;
  for (let step = 0; step < gaps.length; step++) {
    const i = (first + step) % gaps.length;
    xs[i] = x;
    x += gaps[i];
  }
  return xs;
}
