// The loss of each row and its gradient, as operators on [rows, classes].
import { LARGEST, SMALLEST } from '../checks/limits.js';
import type { RowOperators } from '../operators/row-operators.js';
import type { RowEmd } from '../operators/rows.js';
import { type TargetInputs, type Targets, targetsOf } from './targets.js';
import type { LossTerms } from './terms.js';

/** The inputs; predictions are [rows, classes]. */
export type Batch<Value> = { predictions: Value } & TargetInputs<Value>;

export interface RowLosses<Value> {
  /** The losses, times the weights of the rows, [rows, 1]. */
  losses: Value;
  /** How much each row counts in a mean, [rows, 1]; undefined: 1. */
  weights?: Value;
  /** The gradient of the sum of the losses times a factor, which is a scalar; [rows, classes]. */
  gradient(factor: Value): Value;
}

/** A part of the loss. */
interface Part<Value> {
  /** [rows, 1] */
  loss: Value;
  /**
   * The gradient of the loss times a factor, [rows, 1] or a scalar. It is NaN in rows where `spoilt` is NaN, even if the provider
   * does not pass NaN on.
   */
  gradient(factor: Value, spoilt: Value): Value;
}

export function rowLosses<Value>(
  o: RowOperators<Value>,
  terms: LossTerms,
  { predictions, ...inputs }: Batch<Value>,
): RowLosses<Value> {
  const targets = targetsOf(o, terms, inputs);
  const { weights } = targets;
  const p = terms.logits ? o.softmax(predictions) : predictions;
  const spoilt = o.add(targets.spoilt, spoiltBy(o, terms, p));
  const parts = [
    ...(terms.crossEntropyWeight === 0 ? [] : [crossEntropy(o, terms, predictions, p, targets)]),
    ...(terms.emdWeight === 0 ? [] : [emd(o, terms, p, targets)]),
  ];

  // The loss of a row with weight 0 is 0, whatever it holds.
  const counted = weights && o.not(o.equal(weights, o.number(0)));
  const finish = (value: Value) => (counted ? o.where(counted, value, o.number(0)) : value);
  const loss = parts.reduce((sum, part) => o.add(sum, part.loss), spoilt);
  return {
    losses: finish(weights ? o.multiply(weights, loss) : loss),
    weights,
    gradient(factor) {
      const own = weights ? o.multiply(weights, factor) : factor;
      const [first, ...others] = parts.map((part) => part.gradient(own, spoilt));
      const all = others.reduce((sum, other) => o.add(sum, other), first ?? o.multiply(p, spoilt));
      return finish(terms.logits ? balanced(o, p, all) : all);
    },
  };
}

/**
 * Gradients with respect to logits add up to 0. So the entry of a class with more than half of the mass, which would cancel, is
 * minus the sum of the others.
 */
function balanced<Value>(o: RowOperators<Value>, p: Value, gradient: Value): Value {
  const dominant = o.less(o.number(0.5), p);
  const others = o.total(o.where(dominant, o.number(0), gradient));
  return o.choose(dominant, o.negate(others), gradient);
}

/**
 * 0, or NaN for rows with invalid predictions, [rows, 1]. The softmax of such a row is NaN, or on GPUs whose exponential of NaN
 * is not NaN it is 0, and 1 / sum infinite.
 */
function spoiltBy<Value>(o: RowOperators<Value>, { logits }: LossTerms, p: Value): Value {
  const sum = o.total(p);
  const value = logits ? o.divide(o.number(1), sum) : sum;
  return o.subtract(value, value);
}

function crossEntropy<Value>(
  o: RowOperators<Value>,
  terms: LossTerms,
  predictions: Value,
  p: Value,
  targets: Targets<Value>,
): Part<Value> {
  const weight = terms.crossEntropyWeight;
  const { loss, gradient } = terms.logits
    ? ofLogits(o, terms, predictions, p, targets)
    : ofProbabilities(o, p, targets);
  return { loss: o.scale(loss, weight), gradient: (factor, spoilt) => gradient(o.scale(factor, weight), spoilt) };
}

/** `log(sum exp(z)) - sum t z`, after a number near the largest logit has been subtracted from all. */
function ofLogits<Value>(
  o: RowOperators<Value>,
  { forwardOnly }: LossTerms,
  z: Value,
  p: Value,
  { t, label }: Targets<Value>,
): Part<Value> {
  // The largest probability is that of the largest logit, 1 / sum exp(z - largest). onnxruntime-training cannot differentiate a
  // maximum, but the mean of the logits under p will do: it is smaller by at most log(classes).
  const base = forwardOnly ? o.total(o.multiply(p, o.clip(z, -LARGEST))) : o.largest(z);
  const spread = forwardOnly
    ? o.logarithm(o.total(o.exponential(o.subtract(z, base))))
    : o.negate(o.logarithm(o.largest(p)));
  const zero = o.number(0);
  const chosen = label
    ? o.subtract(o.pick(z, label.index), base)
    : // The logit of a class without mass may be -Infinity.
      o.total(o.where(o.equal(t(), zero), zero, o.multiply(t(), o.subtract(z, base))));
  return {
    loss: o.subtract(spread, chosen),
    gradient: (factor, spoilt) => o.multiply(o.subtract(p, t()), o.add(factor, spoilt)),
  };
}

/** `-sum t log max(p, SMALLEST)`; slopes that are too large for float32 become the largest number. */
function ofProbabilities<Value>(o: RowOperators<Value>, p: Value, { t, label }: Targets<Value>): Part<Value> {
  // Only the probability of the label counts.
  const chosen = label ? o.pick(p, label.index) : p;
  const q = o.clip(chosen, SMALLEST);
  const loss = label ? o.logarithm(q) : o.total(o.multiply(t(), o.logarithm(q)));
  const slope = (numerator: Value, factor: Value) => {
    const quotient = o.divide(numerator, q);
    const product = o.clip(o.multiply(quotient, o.negate(factor)), -LARGEST, LARGEST);
    return o.where(o.less(chosen, o.number(SMALLEST)), o.number(0), product);
  };
  return {
    loss: o.negate(loss),
    gradient: (factor, spoilt) =>
      label ? o.multiply(t(), o.add(slope(o.number(1), factor), spoilt)) : o.add(slope(t(), factor), spoilt),
  };
}

function emd<Value>(o: RowOperators<Value>, terms: LossTerms, p: Value, { t, label }: Targets<Value>): Part<Value> {
  const { emdWeight, logits } = terms;
  const row = terms.emd(o, { p, t, label, softmax: logits });
  const { value, factor: own } = normalized(o, terms, row);
  return {
    loss: o.scale(value, emdWeight),
    gradient(factor, spoilt) {
      const weighted = o.scale(factor, emdWeight);
      const all = o.add(own ? o.multiply(weighted, own()) : weighted, spoilt);
      const slope = row.slope();
      if (!logits) return o.multiply(slope, all);
      const mean = row.mean?.() ?? o.total(o.multiply(p, slope));
      return o.multiply(o.multiply(p, o.subtract(slope, mean)), all);
    },
  };
}

/** E after normalization, and the derivative of that with respect to E; undefined: 1. */
function normalized<Value>(
  o: RowOperators<Value>,
  { divisor, root }: LossTerms,
  { emd: raw }: RowEmd<Value>,
): { value: Value; factor?(): Value } {
  if (divisor === undefined) return { value: raw };
  const mean = o.scale(raw, 1 / divisor);
  if (!root) return { value: mean, factor: () => o.number(1 / divisor) };
  // The root's derivative at 0 is defined as 0.
  const zero = o.number(0);
  const none = o.equal(mean, zero);
  const value = o.root(o.where(none, o.number(1), mean));
  return {
    value: o.where(none, zero, value),
    factor: () => o.where(none, zero, o.divide(o.number(1 / (2 * divisor)), value)),
  };
}
