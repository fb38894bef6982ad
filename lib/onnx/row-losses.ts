// The loss of each row and its gradient, as operators on [rows, classes].
import type { GroundDistance } from '../ground-distance';
import type { Value } from './graph';
import { type RowEmd, rowEmd, termsOf } from './ground-distances';
import type { RowOperators } from './row-operators';

/** Smallest positive normal float32: probabilities count as no less in a logarithm. */
const SMALLEST = 1.17549435e-38;
/** The lowest float32 number. */
const LOWEST = -3.4028234663852886e38;
/** By how much the sum of a distribution may differ from 1. */
const SUM_TOLERANCE = 1e-3;

/** What the loss is. */
export interface LossTerms {
  classes: number;
  groundDistance: GroundDistance;
  power: number;
  logits: boolean;
  crossEntropyWeight: number;
  emdWeight: number;
  normalization: 'sum' | 'mean' | 'class-mean' | 'root-mean' | 'nima';
  classWeights?: ArrayLike<number>;
  ignoreIndex?: number;
}

/** What it is computed from: predictions [rows, classes], and labels [rows, 1] as int64 or distributions [rows, classes]. */
export type Batch = { predictions: Value } & ({ labels: Value } | { distributions: Value });

export interface RowLosses {
  /** Times the weight of the row, [rows, 1]. */
  losses: Value;
  /** Of those, [rows, classes]. */
  gradient: Value;
  /** What a row counts as in a mean, [rows, 1]; undefined: as 1. */
  weights?: Value;
}

/** Targets as distributions, and what there is to know about labels. */
interface Targets {
  t: Value;
  /** A class for each row, also for rows that do not count or have none. */
  label?: Value;
  /** Rows that count, undefined: all. */
  counted?: Value;
  /** Rows whose target is none: they become NaN. */
  invalid: Value;
}

export function rowLosses(o: RowOperators, terms: LossTerms, batch: Batch): RowLosses {
  const given = 'labels' in batch ? labelled(o, terms, batch.labels) : distributed(o, batch.distributions);
  const targets = terms.logits ? given : { ...given, invalid: or(o, given.invalid, notFinite(o, batch.predictions)) };
  const parts = [
    ...(terms.crossEntropyWeight === 0 ? [] : [crossEntropy(o, terms, batch.predictions, targets)]),
    ...(terms.emdWeight === 0 ? [] : [emd(o, terms, batch.predictions, targets)]),
  ];
  const [first, second] = parts;
  const loss = second ? o.add(first.loss, second.loss) : first?.loss;
  const gradient = second ? o.add(first.gradient, second.gradient) : first?.gradient;
  // -Infinity is legal, and 0 times it NaN.
  const nothing = o.multiply(o.number(0), o.graph.add('Max', [batch.predictions, o.number(LOWEST)]));
  return weighted(o, terms, targets, loss ?? o.total(nothing), gradient ?? nothing);
}

const or = (o: RowOperators, a: Value, b: Value): Value => o.graph.add('Or', [a, b]);
const not = (o: RowOperators, a: Value): Value => o.graph.add('Not', [a]);

/** Rows with a NaN or Infinity; a softmax makes NaN of all of such a row by itself. */
const notFinite = (o: RowOperators, predictions: Value): Value =>
  not(o, o.less(o.magnitude(o.total(predictions)), o.number(Number.POSITIVE_INFINITY)));

function labelled(o: RowOperators, { classes, ignoreIndex }: LossTerms, labels: Value): Targets {
  const { graph } = o;
  const integer = (value: number) => graph.integers([value]);
  const ignored = ignoreIndex === undefined ? undefined : o.equal(labels, integer(ignoreIndex));
  const outside = graph.add('Or', [o.less(labels, integer(0)), graph.add('Not', [o.less(labels, integer(classes))])]);
  const invalid = ignored ? graph.add('And', [outside, graph.add('Not', [ignored])]) : outside;
  const label = o.where(ignored ? graph.add('Or', [outside, ignored]) : outside, integer(0), labels);
  const places = graph.integers(
    Array.from({ length: classes }, (_, i) => i),
    [1, classes],
  );
  const t = o.indicator(o.equal(places, label));
  return { t, label, invalid, ...(ignored && { counted: graph.add('Not', [ignored]) }) };
}

function distributed(o: RowOperators, t: Value): Targets {
  const { graph } = o;
  const negative = o.less(graph.add('ReduceMin', [t], { axes: [1], keepdims: 1 }), o.number(0));
  const off = o.magnitude(o.subtract(o.total(t), o.number(1)));
  const near = graph.add('LessOrEqual', [off, o.number(SUM_TOLERANCE)]); // false for NaN
  return { t, invalid: graph.add('Or', [negative, graph.add('Not', [near])]) };
}

interface Part {
  loss: Value;
  gradient: Value;
}

function crossEntropy(o: RowOperators, terms: LossTerms, predictions: Value, { t, label }: Targets): Part {
  const { graph } = o;
  const weight = terms.crossEntropyWeight;
  const q = graph.add('Max', [predictions, o.number(SMALLEST)]);
  const logs = terms.logits ? graph.add('LogSoftmax', [predictions], { axis: 1 }) : graph.add('Log', [q]);
  // A class without mass in the target may have the logarithm of 0.
  const chosen = label
    ? graph.add('GatherElements', [logs, label], { axis: 1 })
    : o.total(o.where(o.equal(t, o.number(0)), o.number(0), o.multiply(t, logs)));
  const slope = terms.logits
    ? o.subtract(label ? softmax(o, predictions) : o.multiply(softmax(o, predictions), o.total(t)), t)
    : o.negate(o.divide(t, q));
  return { loss: o.scale(chosen, -weight), gradient: o.scale(slope, weight) };
}

const softmax = (o: RowOperators, logits: Value): Value => o.graph.add('Softmax', [logits], { axis: 1 });

function emd(o: RowOperators, terms: LossTerms, predictions: Value, { t, label }: Targets): Part {
  const { classes, power, groundDistance, emdWeight } = terms;
  const p = terms.logits ? softmax(o, predictions) : predictions;
  const raw = rowEmd(o, groundDistance, { classes, power, p, t, label, softmax: terms.logits });
  const { value, factor } = normalized(o, terms, raw);
  const centered = terms.logits ? o.multiply(p, o.subtract(raw.slope, o.total(o.multiply(p, raw.slope)))) : raw.slope;
  return {
    loss: o.scale(value, emdWeight),
    gradient: factor === undefined ? o.scale(centered, emdWeight) : o.multiply(centered, o.scale(factor, emdWeight)),
  };
}

/** E after normalization, and its derivative with respect to E; undefined: 1. */
function normalized(
  o: RowOperators,
  { classes, power, groundDistance, normalization }: LossTerms,
  { emd: raw }: RowEmd,
): { value: Value; factor?: Value } {
  if (normalization === 'sum') return { value: raw };
  const byClasses = normalization === 'class-mean' || normalization === 'nima';
  const count = byClasses ? classes : termsOf(groundDistance, classes);
  const mean = o.scale(raw, 1 / count);
  if (normalization === 'mean' || normalization === 'class-mean' || power === 1)
    return { value: mean, factor: o.number(1 / count) };
  const root = o.graph.add('Sqrt', [mean]);
  const slope = o.divide(o.number(1 / (2 * count)), root);
  return { value: root, factor: o.where(o.equal(root, o.number(0)), o.number(0), slope) };
}

/** Rows times their weights; those that do not count 0, those whose target is none NaN. */
function weighted(o: RowOperators, terms: LossTerms, targets: Targets, loss: Value, gradient: Value): RowLosses {
  const { classWeights, classes } = terms;
  const { t, label, counted, invalid } = targets;
  const nan = o.number(Number.NaN);
  const zero = o.number(0);
  const own =
    classWeights &&
    (label
      ? o.look(classWeights, label)
      : o.graph.add('MatMul', [t, o.graph.floats(Float32Array.from(classWeights), [classes, 1])]));
  const weigh = (value: Value) => o.where(invalid, nan, own ? o.multiply(value, own) : value);
  const weightless = own && o.graph.add('And', [o.equal(own, zero), not(o, invalid)]);
  const finish = (value: Value) => {
    const all = weightless ? o.where(weightless, zero, weigh(value)) : weigh(value);
    return counted ? o.where(counted, all, zero) : all;
  };
  const weights = own && o.where(invalid, o.number(1), own);
  const ones = counted && (weights ?? o.indicator(counted));
  return {
    losses: finish(loss),
    gradient: finish(gradient),
    weights: counted && ones ? o.where(counted, ones, zero) : weights,
  };
}
