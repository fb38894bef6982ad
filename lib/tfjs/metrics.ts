// Metrics for ordered classes, for model.compile({ metrics }).
import type { Tensor } from '@tensorflow/tfjs-core';
import { choice, integer, knownOptions } from '../checks/arguments.js';
import { wrongType } from '../checks/errors.js';
import { checkIgnoreIndex } from '../checks/labels.js';
import { MAX_CLASSES } from '../checks/limits.js';
import { renamed } from '../checks/renamed.js';
import { type DecodeOptions, decode } from '../metrics/decode.js';
import { classesOf, IGNORED, type TensorTargets, targetsOf } from './labels.js';
import { checkTensors, Losses, named, refuseTensor, type TfjsLoss } from './loss.js';
import { tf } from './peer.js';
import { filledTensor, floatsOf } from './tensors.js';
import { PredictionsCheck } from './warnings.js';

/** Options of all metrics. */
export interface TfjsScoreOptions {
  /** Whether predictions are logits; otherwise they are probabilities. Default: false. */
  fromLogits?: boolean;
  /**
   * Rows with this class index do not count. If labels have the predictions' shape, those rows are always the rows of zeros,
   * whatever the index.
   */
  ignoreIndex?: number;
}

/** Options of metrics that turn predictions [.., classes] into classes. */
export interface TfjsMetricOptions extends TfjsScoreOptions {
  /** As for `decode` of squared-emd/metrics. Default: 'argmax'. */
  rule?: Exclude<DecodeOptions['rule'], 'least-cost'>;
}

const SCORE = { fromLogits: true, ignoreIndex: true } as const satisfies Record<keyof TfjsScoreOptions, true>;
const RULES = ['argmax', 'median', 'mean'];

/** What a metric compares, row by row. */
interface Batch {
  predictions: Float32Array;
  targets: TensorTargets;
  /** The most probable class of each label, or IGNORED if the row does not count. */
  actual: Int32Array;
  classes: number;
}

/**
 * A metric with a number per sample, over all leading dimensions, of which tfjs takes the mean. If some rows do not count, there
 * is a number only for each of those that do, or a 0 if none does.
 *
 * @param normalized Whether the result is wrong if predictions are not what `fromLogits` says.
 * @param softmax Whether it is measured on probabilities even if predictions are logits.
 */
function perSample(
  name: string,
  { fromLogits = false, ignoreIndex }: TfjsScoreOptions,
  { normalized, softmax }: { normalized: boolean; softmax: boolean },
  measure: (batch: Batch) => ArrayLike<number>,
): TfjsLoss {
  if (typeof fromLogits !== 'boolean') throw wrongType('fromLogits', 'a boolean', fromLogits);
  checkIgnoreIndex(ignoreIndex);
  const check = new PredictionsCheck(name, fromLogits);
  return named(name, (labels: Tensor, predictions: Tensor) => {
    const core = tf();
    checkTensors(core, labels, predictions);
    const { shape } = predictions;
    const classes = shape[shape.length - 1];
    if (normalized) check.look(() => floatsOf(predictions), classes);
    return core.tidy(() => {
      const wanted = softmax && fromLogits ? core.softmax(predictions) : predictions;
      const targets = targetsOf(labels, shape, ignoreIndex);
      const actual = classesOf(targets, classes);
      const values = measure({ predictions: floatsOf(wanted), targets, actual, classes });
      const counted = Array.from(values).filter((_, row) => actual[row] !== IGNORED);
      if (counted.length === 0) return core.zeros(shape.slice(0, -1));
      const all = counted.length === actual.length;
      return filledTensor(all ? shape.slice(0, -1) : [counted.length], (own) => own.set(counted));
    });
  });
}

/** A metric of the difference between predicted and actual class. */
function metric(name: string, options: TfjsMetricOptions, of: (distance: number) => number): TfjsLoss {
  knownOptions(options, { rule: true, ...SCORE });
  const { rule = 'argmax' } = options;
  choice('rule', rule, RULES);
  const byProbability = rule !== 'argmax';
  return perSample(
    name,
    options,
    { normalized: byProbability, softmax: byProbability },
    ({ predictions, actual, classes }) =>
      decode(predictions, { classes, rule }).map((predicted, row) => of(Math.abs(predicted - actual[row]))),
  );
}

/**
 * The share of samples whose predicted class is at most `distance` classes off; 0 gives the accuracy. In the history of
 * `model.fit` it is called `accuracyWithin1` and so on.
 */
export function accuracyWithin(distance: number, options: TfjsMetricOptions = {}): TfjsLoss {
  refuseTensor('accuracyWithin(1)', distance);
  integer('distance', distance, 0, MAX_CLASSES);
  return metric(`accuracyWithin${distance}`, options, (off) => (off <= distance ? 1 : 0));
}

/** The mean absolute error in classes. In the history of `model.fit` it is called `meanAbsoluteClassError`. */
export function meanAbsoluteError(options: TfjsMetricOptions = {}): TfjsLoss {
  refuseTensor('meanAbsoluteError()', options);
  return metric('meanAbsoluteClassError', options, (off) => off);
}

/** The sum over classes of the squared difference between predicted and actual cumulative distribution. */
export function rankedProbabilityScore(options: TfjsScoreOptions = {}): TfjsLoss {
  refuseTensor('rankedProbabilityScore()', options);
  knownOptions(options, SCORE);
  const call = renamed({ targets: 'labels' });
  const losses = new Losses({ reduction: 'none', input: options.fromLogits ? 'logits' : 'probabilities' });
  return perSample(
    'rankedProbabilityScore',
    options,
    { normalized: true, softmax: false },
    ({ predictions, targets, classes }) =>
      call(() => losses.evaluate(predictions, targets, classes, { gradient: false }).losses as Float32Array),
  );
}
