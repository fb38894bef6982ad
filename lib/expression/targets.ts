// Targets and weights of rows, as operators on [rows, classes] and [rows, 1].
import type { RowOperators } from '../operators/row-operators.js';
import type { Label } from '../operators/rows.js';

/** Labels [rows, 1], or distributions [rows, classes]; weights [rows, 1]. */
export type TargetInputs<Value> = { sampleWeights?: Value } & ({ labels: Value } | { distributions: Value });

export interface Targets<Value> {
  /** Distributions, [rows, classes], which add up to 1 except in rows that do not count. Computed when asked for. */
  t(): Value;
  /** A class for each row, even if the row does not count or its label is invalid. */
  label?: Label<Value>;
  /** 0, or NaN for rows whose target is invalid, [rows, 1]. */
  spoilt: Value;
  /** How much each row counts in a mean, [rows, 1]; rows with 0 do not count at all. Undefined: 1. */
  weights?: Value;
}

interface Options {
  classes: number;
  classWeights?: ArrayLike<number>;
  ignoreIndex?: number;
}

export function targetsOf<Value>(
  o: RowOperators<Value>,
  options: Options,
  inputs: TargetInputs<Value>,
): Targets<Value> {
  return 'labels' in inputs
    ? labelled(o, options, inputs.labels, inputs.sampleWeights)
    : distributed(o, options, inputs.distributions, inputs.sampleWeights);
}

/** A value that is computed when it is first asked for. */
function once<Value>(make: () => Value): () => Value {
  let made: Value | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** The product of those that are defined. */
const product = <Value>(o: RowOperators<Value>, a: Value | undefined, b: Value | undefined): Value | undefined =>
  a && b ? o.multiply(a, b) : (a ?? b);

function labelled<Value>(
  o: RowOperators<Value>,
  { classes, classWeights, ignoreIndex }: Options,
  labels: Value,
  sampleWeights: Value | undefined,
): Targets<Value> {
  const none = o.or(o.less(labels, o.index(0)), o.not(o.less(labels, o.index(classes))));
  const ignored = ignoreIndex === undefined ? undefined : o.equal(labels, o.index(ignoreIndex));
  const invalid = ignored ? o.and(none, o.not(ignored)) : none;
  const index = o.where(ignored ? o.or(none, ignored) : none, o.index(0), labels);
  const place = once(() => o.float(index));

  let weights = product(o, sampleWeights, classWeights && o.look(classWeights, index));
  // A row whose target is invalid counts with its sample weight alone.
  if (classWeights && weights)
    weights = sampleWeights ? o.choose(invalid, sampleWeights, weights) : o.where(invalid, o.number(1), weights);
  if (ignored) weights = o.where(ignored, o.number(0), weights ?? o.number(1));
  return {
    t: once(() => o.float(o.equal(o.places(classes), place()))),
    label: { index, place },
    spoilt: o.where(invalid, o.number(Number.NaN), o.number(0)),
    weights,
  };
}

/** Divides rows by their sums. Rows of zeros do not count; rows with a negative or non-finite entry are invalid. */
function distributed<Value>(
  o: RowOperators<Value>,
  { classWeights }: Options,
  given: Value,
  sampleWeights: Value | undefined,
): Targets<Value> {
  const zero = o.number(0);
  const one = o.number(1);
  // Rows are divided by their largest entry first, as the sum may be beyond float32's range.
  const largest = o.largest(given);
  const scaled = o.divide(given, o.where(o.equal(largest, zero), one, largest));
  const sum = o.total(scaled);
  const empty = o.equal(sum, zero);
  const t = o.divide(scaled, o.where(empty, one, sum));
  const negative = o.less(o.smallest(given), zero);
  const spoilt = o.where(negative, o.number(Number.NaN), o.subtract(sum, sum)); // NaN - NaN, Infinity - Infinity

  const ofClasses = classWeights && o.total(o.multiply(t, o.ofClasses(classWeights)));
  const counted = o.where(empty, zero, product(o, sampleWeights, ofClasses) ?? one);
  const valid = o.equal(spoilt, zero);
  return {
    t: () => t,
    spoilt,
    weights: sampleWeights ? o.choose(valid, counted, sampleWeights) : o.where(valid, counted, one),
  };
}
