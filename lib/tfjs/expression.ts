// The loss on backends whose tensors kernels cannot read: it is computed with operators of tfjs, so that everything stays there.
import type { Tensor } from '@tensorflow/tfjs-core';
import { copyWeights } from '../checks/arguments.js';
import { sizeOf } from '../checks/shapes.js';
import { reduced } from '../expression/reduction.js';
import { rowLosses } from '../expression/row-losses.js';
import { type LossTerms, lossTerms } from '../expression/terms.js';
import { type EmdOptions, type Reduction, Settings } from '../loss/options.js';
import { Constants } from './constants.js';
import { DISTRIBUTIONS, INDICES, isDistributions, requireType } from './labels.js';
import { TfjsOperators } from './operators.js';
import { tf } from './peer.js';
import { warn } from './warnings.js';

/** The value of a loss, and its gradient for an upstream gradient of 1. */
export interface Expressed {
  value: Tensor;
  gradient?: Tensor;
}

export class ExpressedLoss {
  readonly #options: Omit<EmdOptions, 'classes'>;
  readonly #reduction: Reduction;
  /** By number of classes. */
  readonly #terms = new Map<number, LossTerms>();
  /** By backend. */
  readonly #constants = new WeakMap<object, Constants>();

  constructor(options: Omit<EmdOptions, 'classes'> & { reduction: Reduction }) {
    this.#options = options;
    this.#reduction = options.reduction;
  }

  /** To be called where intermediate tensors are disposed of, as in `tf.tidy`. A row whose label is invalid becomes NaN. */
  evaluate(labels: Tensor, predictions: Tensor, differentiates: boolean): Expressed {
    const core = tf();
    const { shape } = predictions;
    const rowShape = shape.slice(0, -1);
    const [rows, classes] = [sizeOf(rowShape), shape[shape.length - 1]];
    const terms = this.#termsFor(classes);
    const distributions = isDistributions(labels, shape);
    requireType(labels, ...(distributions ? DISTRIBUTIONS : INDICES));
    // Not every operator takes empty tensors.
    if (rows === 0) {
      const value = core.zeros(this.#reduction === 'none' ? rowShape : []);
      return { value, ...(differentiates && { gradient: core.zerosLike(predictions) }) };
    }

    const o = new TfjsOperators(core, this.#constantsOf(core.backend()));
    const result = rowLosses<Tensor>(o, terms, {
      predictions: core.reshape(predictions, [rows, classes]),
      ...(distributions
        ? { distributions: o.float(core.reshape(labels, [rows, classes])) }
        : { labels: this.#indices(o, core.reshape(labels, [rows, 1]), classes) }),
    });
    const gradientTimes = (factor: Tensor) => core.reshape(result.gradient(factor), shape);
    if (this.#reduction === 'none') {
      return {
        value: core.reshape(result.losses, rowShape),
        ...(differentiates && { gradient: gradientTimes(o.number(1)) }),
      };
    }
    const { result: value, scale } = reduced<Tensor>(o, this.#reduction, result);
    return { value, ...(differentiates && { gradient: gradientTimes(scale()) }) };
  }

  #termsFor(classes: number): LossTerms {
    const known = this.#terms.get(classes);
    if (known) return known;
    const { classWeights, ...options } = this.#options;
    const terms = lossTerms(new Settings({ ...options, classes }), {
      classWeights: classWeights && copyWeights('classWeights', classWeights, classes),
    });
    this.#terms.set(classes, terms);
    return terms;
  }

  #constantsOf(backend: object): Constants {
    const known = this.#constants.get(backend);
    if (known) return known;
    const core = tf();
    if (core.getBackend() === 'webgl' && !core.env().getBool('WEBGL_RENDER_FLOAT32_ENABLED')) {
      warn(
        'SQUARED_EMD_HALF_PRECISION',
        'emdLoss: webgl computes in half precision on this device: losses and gradients have three digits, small ones none. ' +
          'The wasm and cpu backends, and webgpu, have float32',
      );
    }
    const constants = new Constants(core);
    this.#constants.set(backend, constants);
    return constants;
  }

  /** Class indices [rows, 1], from labels of either type. */
  #indices(o: TfjsOperators, labels: Tensor, classes: number): Tensor {
    if (labels.dtype === 'int32') return labels;
    // A number that is not whole is neither a class nor the index that is ignored.
    const none = this.#options.ignoreIndex === classes ? classes + 1 : classes;
    return o.where(o.equal(tf().floor(labels), labels), labels, o.number(none));
  }
}
