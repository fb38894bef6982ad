// Metrics of ordered classes for model.compile({ metrics }).
import type { Tensor } from '@tensorflow/tfjs-core';
import { choice, integer, MAX_CLASSES, onlyKnown, optionsObject } from '../arguments';
import { wrongType } from '../errors';
import { type DecodeOptions, decode } from '../metrics';
import { indicesOf, targetsOf } from './labels';
import { checkTensors, lossFunction, named, type TfjsLoss } from './loss';
import { tf } from './peer';
import { filledTensor, floatsOf } from './tensors';

/** How predictions [.., classes] become a class. */
export interface TfjsMetricOptions {
  /** As of `decode` of squared-emd/metrics. Default: 'argmax'. */
  rule?: DecodeOptions['rule'];
  /** Whether predictions are logits; else they are probabilities. Default: false. */
  fromLogits?: boolean;
}

const RULES = ['argmax', 'median', 'mean'];

/** Of the difference between predicted and actual class of each sample, over leading dimensions. */
function metric(name: string, options: TfjsMetricOptions, of: (distance: number) => number): TfjsLoss {
  onlyKnown(optionsObject(options), { rule: true, fromLogits: true });
  const { rule = 'argmax', fromLogits = false } = options;
  choice('rule', rule, RULES);
  if (typeof fromLogits !== 'boolean') throw wrongType('fromLogits', 'a boolean', fromLogits);
  return named(name, (labels: Tensor, predictions: Tensor) => {
    const core = tf();
    checkTensors(core, labels, predictions);
    const { shape } = predictions;
    const classes = shape[shape.length - 1];
    return core.tidy(() => {
      const distributions = fromLogits && rule !== 'argmax' ? core.softmax(predictions) : predictions;
      return filledTensor(shape.slice(0, -1), (values) => {
        const predicted = decode(floatsOf(distributions), { classes, rule });
        const actual = indicesOf(targetsOf(labels, shape), classes);
        for (let row = 0; row < values.length; row++) values[row] = of(Math.abs(predicted[row] - actual[row]));
      });
    });
  });
}

/** The share of samples at most `distance` classes off: `accuracyWithin1` in the history of `model.fit`. */
export function accuracyWithin(distance: number, options: TfjsMetricOptions = {}): TfjsLoss {
  integer('distance', distance, 0, MAX_CLASSES);
  return metric(`accuracyWithin${distance}`, options, (off) => (off <= distance ? 1 : 0));
}

/** In classes: `meanAbsoluteClassError` in the history of `model.fit`. */
export const meanAbsoluteError = (options: TfjsMetricOptions = {}): TfjsLoss =>
  metric('meanAbsoluteClassError', options, (off) => off);

/** The sum over classes of the squared difference between predicted and actual cumulative distribution. */
export function rankedProbabilityScore(options: { fromLogits?: boolean } = {}): TfjsLoss {
  onlyKnown(optionsObject(options), { fromLogits: true });
  return named('rankedProbabilityScore', lossFunction(options, false));
}
