// Metrics of ordered classes for model.compile({ metrics }).
import type { Tensor } from '@tensorflow/tfjs-core';
import { wrongType } from '../errors';
import { type DecodeOptions, decode } from '../metrics';
import { indicesOf, targetsOf } from './labels';
import { checkPredictions, emdLoss, named, type TfjsLoss } from './loss';
import { tf } from './peer';
import { filledTensor, floatsOf } from './tensors';

/** How predictions [.., classes], probabilities or logits, become a class. */
export interface TfjsMetricOptions {
  /** 'argmax' works on logits, too. Default: 'argmax'. */
  rule?: DecodeOptions['rule'];
}

/** Of the difference between predicted and actual class of each sample, over leading dimensions. */
function metric(name: string, { rule = 'argmax' }: TfjsMetricOptions, of: (distance: number) => number): TfjsLoss {
  if (!['argmax', 'median', 'mean'].includes(rule)) throw wrongType('rule', "'argmax' or 'median' or 'mean'", rule);
  return named(name, (labels: Tensor, predictions: Tensor) => {
    checkPredictions(tf(), predictions);
    const { shape } = predictions;
    const classes = shape[shape.length - 1];
    return filledTensor(shape.slice(0, -1), (values) => {
      const predicted = decode(floatsOf(predictions), { classes, rule });
      const actual = indicesOf(targetsOf(labels, shape), classes);
      for (let row = 0; row < values.length; row++) values[row] = of(Math.abs(predicted[row] - actual[row]));
    });
  });
}

/** The share of samples at most `distance` classes off. */
export const accuracyWithin = (distance: number, options: TfjsMetricOptions = {}): TfjsLoss =>
  metric(`accuracyWithin${distance}`, options, (off) => (off <= distance ? 1 : 0));

/** In classes. */
export const meanAbsoluteError = (options: TfjsMetricOptions = {}): TfjsLoss =>
  metric('meanAbsoluteClassError', options, (off) => off);

/** The sum over classes of the squared difference between predicted and actual cumulative distribution. */
export const rankedProbabilityScore = ({ fromLogits }: { fromLogits?: boolean } = {}): TfjsLoss =>
  named('rankedProbabilityScore', emdLoss({ fromLogits }));
