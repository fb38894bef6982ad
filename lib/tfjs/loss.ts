// The loss for tfjs: model.compile, variableGrads, optimizer.minimize.
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import { REDUCTIONS } from '../backends/enumerations.js';
import { choice, copyWeights, type Numbers, onlyKnown, optionsObject, without } from '../checks/arguments.js';
import { typedArrayType, wrongRange, wrongType } from '../checks/errors.js';
import { LARGEST } from '../checks/limits.js';
import { renamed } from '../checks/renamed.js';
import { GroundDistance } from '../distances/ground-distance.js';
import { EmdLoss } from '../loss/emd-loss.js';
import { type EmdOptions, type EvaluateOptions, LOSS_OPTIONS, Settings } from '../loss/options.js';
import type { EmdResult } from '../loss/result.js';
import { type Expressed, ExpressedLoss } from './expression.js';
import { refuseInvalid, type TensorTargets, targetsOf } from './labels.js';
import { type Tfjs, tf } from './peer.js';
import { filledTensors, floatsOf, inHostMemory, sizeOf } from './tensors.js';
import { PredictionsCheck } from './warnings.js';

/** What is as with arrays. */
const SAME = without(LOSS_OPTIONS, 'classes', 'inner', 'input', 'device', 'classWeights', 'ignoreIndex', 'reduction');

/** The options of {@link emdLoss}: those of `emdLoss` of the package itself; classes and rows come from the tensors. */
export interface TfjsEmdOptions extends Pick<EmdOptions, keyof typeof SAME> {
  /** Whether predictions are logits; else they are probabilities, what a softmax layer gives. Default: false. */
  fromLogits?: boolean;
  /** By target class, [classes]: finite, not negative. Default: 1. */
  classWeights?: Numbers;
  /** Rows with this class index do not count: loss 0, gradient 0. Of labels of the predictions' shape those are rows of zeros, whatever it is. */
  ignoreIndex?: number;
  /**
   * 'none' gives a loss per sample, of the labels' leading shape: what `model.compile` expects, and what sample weights apply to. 'mean'
   * (divided by the sum of the class weights) and 'sum' give a scalar. Default: 'none'.
   */
  reduction?: EmdOptions['reduction'];
}

const KNOWN = {
  ...SAME,
  ignoreIndex: true,
  fromLogits: true,
  classWeights: true,
  reduction: true,
} as const satisfies Record<keyof TfjsEmdOptions, true>;

/** A loss as tfjs calls it. */
export type TfjsLoss<R extends Tensor = Tensor> = (labels: Tensor, predictions: Tensor) => R;

/**
 * The squared Earth Mover's Distance as a loss of tfjs, with its own gradient:
 * `model.compile({ loss: emdLoss({ crossEntropyWeight: 1, emdWeight: 10 }), ... })`.
 *
 * Predictions are float32 [.., classes]. Labels are one-hot or other distributions of the same shape, or class indices [..] or [.., 1]
 * (`model.fit` takes class indices only for its own losses).
 *
 * On the cpu and wasm backends native kernels read the tensors where they lie, on that of tfjs-node copies of them. On all others (webgl,
 * webgpu) the loss is computed with operators of tfjs, and nothing is read back: there a row whose label is no class, or whose
 * distribution is none, becomes NaN instead of an error.
 *
 * The gradient is with respect to the predictions alone, and has itself none.
 *
 * @throws TypeError, RangeError for options or tensors that are wrong; EmdError where tfjs is not installed.
 */
export function emdLoss(options: TfjsEmdOptions & { reduction: 'mean' | 'sum' }): TfjsLoss<Scalar>;
export function emdLoss(options?: TfjsEmdOptions): TfjsLoss;
export function emdLoss(options: TfjsEmdOptions = {}): TfjsLoss {
  refuseTensor('emdLoss()', options);
  onlyKnown(optionsObject(options), KNOWN);
  const { fromLogits = false, reduction = 'none', ...same } = options;
  if (typeof fromLogits !== 'boolean') throw wrongType('fromLogits', 'a boolean', fromLogits);
  choice('reduction', reduction, REDUCTIONS);
  const call = renamed({ targets: 'labels' });
  const steep = !fromLogits && same.crossEntropyWeight !== undefined;
  const own = { ...same, reduction, input: fromLogits ? 'logits' : 'probabilities' } as const;
  const losses = new Losses(own);
  const expression = new ExpressedLoss(own);
  const check = new PredictionsCheck('emdLoss', fromLogits);
  checkOptions(own);

  return named('emdLoss', (labels, predictions) => {
    const core = tf();
    checkTensors(core, labels, predictions);
    const { rank, shape } = predictions;
    const differentiates = core.engine().isTapeOn();
    const readable = inHostMemory(core);
    if (readable) check.look(() => floatsOf(predictions), shape[rank - 1]);
    const usual = readable ? usualUpstream(shape, reduction) : undefined;
    let computed: Tensor | undefined;
    const result = core.customGrad((input) => {
      const { value, gradient } = call(() =>
        readable
          ? forward(losses, input as Tensor, labels, reduction, differentiates)
          : expression.evaluate(labels, input as Tensor, differentiates),
      );
      computed = gradient && core.keep(gradient);
      const gradFunc = (upstream: Tensor): Tensor =>
        gradient ? scaled(core, gradient, upstream, usual, steep) : core.zerosLike(input as Tensor);
      return { value, gradFunc };
    })(predictions);
    if (computed) leaveToTape(core, computed);
    return result;
  });
}

/**
 * The tape disposes of the gradient when it ends, used or not, as of what is given to customGrad's `save`: which would copy it, and on
 * the wasm backend that takes longer than to compute it.
 */
function leaveToTape(core: Tfjs, gradient: Tensor): void {
  const tape = core.engine().state.activeTape as { saved: Tensor[] }[];
  tape[tape.length - 1].saved.push(gradient);
}

/** Wrong options are found now, not in the first batch: with as many classes as the options tell of. */
function checkOptions(options: Omit<EmdOptions, 'classes'>): void {
  const { groundDistance, classWeights } = options;
  const known = GroundDistance.is(groundDistance) ? groundDistance.classes : undefined;
  const listed = Array.isArray(classWeights) || typedArrayType(classWeights) !== undefined;
  const classes = known ?? Math.max(2, listed ? (classWeights as Float32Array).length : 2);
  new Settings({ ...options, classes });
  if (classWeights !== undefined) copyWeights('classWeights', classWeights, classes);
}

/** The losses of a function, made when batches first need them. */
export class Losses {
  readonly #options: Omit<EmdOptions, 'classes'>;
  /** By classes and by the index that is ignored. */
  readonly #made = new Map<string, EmdLoss>();

  constructor(options: Omit<EmdOptions, 'classes'>) {
    this.#options = options;
  }

  /** What `labels` are for it. */
  targetsOf(labels: Tensor, shape: readonly number[]): TensorTargets {
    return targetsOf(labels, shape, this.#options.ignoreIndex);
  }

  /** @throws RangeError for a distribution with an entry that is negative or not finite. */
  evaluate(
    predictions: Float32Array,
    { values, ignoreIndex }: TensorTargets,
    classes: number,
    options: EvaluateOptions,
  ): EmdResult<Float32Array> {
    const key = `${classes} ${ignoreIndex}`;
    const loss = this.#made.get(key) ?? new EmdLoss({ ...this.#options, classes, ignoreIndex });
    this.#made.set(key, loss);
    const result = loss.evaluate(predictions, values, options);
    // Such a row has become NaN, so that the search for it costs nothing where there is none.
    if (result.nonFinite > 0 && values instanceof Float32Array) refuseInvalid(values, classes, result.firstNonFinite);
    return result;
  }
}

/**
 * The loss, and with `differentiates` its gradient for the upstream gradient that is nearly always there: both come from one reading of
 * the predictions, and the backward pass has nothing to do.
 */
function forward(
  losses: Losses,
  predictions: Tensor,
  labels: Tensor,
  reduction: string,
  differentiates: boolean,
): Expressed {
  const { shape } = predictions;
  const perSample = reduction === 'none';
  const resultShape = perSample ? shape.slice(0, -1) : [];
  const shapes = differentiates ? [resultShape, shape] : [resultShape];
  const [value, slopes] = filledTensors(shapes, ([result, gradient]) => {
    const { loss } = losses.evaluate(floatsOf(predictions), losses.targetsOf(labels, shape), shape[shape.length - 1], {
      ...(perSample && { losses: result }),
      gradient: gradient ?? false,
      upstream: usualUpstream(shape, reduction),
    });
    if (!perSample) result[0] = loss;
  });
  return { value, gradient: slopes };
}

/** What a mean over samples asks for, as model.fit takes it of losses per sample; 1 of a scalar. */
function usualUpstream(shape: readonly number[], reduction: string): number {
  return reduction === 'none' ? Math.fround(1 / Math.max(1, sizeOf(shape.slice(0, -1)))) : 1;
}

/**
 * A gradient for another upstream gradient, [rows] or a scalar.
 *
 * @param usual The one that it has been computed for, where upstream gradients can be read; else that was 1.
 * @param steep Whether there are slopes of logarithms in it, which must not become infinite: that would be NaN behind a softmax.
 */
function scaled(core: Tfjs, gradient: Tensor, upstream: Tensor, usual: number | undefined, steep: boolean): Tensor {
  if (usual !== undefined && allAre(floatsOf(upstream), usual)) return core.reshape(gradient, gradient.shape); // no copy
  const factors = usual === undefined ? upstream : core.div(upstream, usual);
  const product = core.mul(gradient, upstream.rank === 0 ? factors : core.expandDims(factors, -1));
  return steep ? core.clipByValue(product, -LARGEST, LARGEST) : product;
}

/** `every` takes three times as long. */
function allAre(values: Float32Array, expected: number): boolean {
  for (const value of values) if (value !== expected) return false;
  return true;
}

/** @throws TypeError where tfjs was given what makes a loss or metric in place of that itself, and calls it with labels. */
export function refuseTensor(call: string, given: unknown): void {
  const { dataId, shape } = (given ?? {}) as Partial<Tensor>;
  if (dataId === undefined || shape === undefined) return;
  const name = call.slice(0, call.indexOf('('));
  throw new TypeError(
    `${name}: expected options, received a tensor: give tfjs what ${call} returns, not ${name} itself`,
  );
}

export function checkTensors(core: Tfjs, labels: unknown, predictions: unknown): asserts predictions is Tensor {
  if (!(labels instanceof core.Tensor)) throw wrongType('labels', 'a tensor', labels);
  if (!(predictions instanceof core.Tensor)) throw wrongType('predictions', 'a tensor', predictions);
  if (predictions.dtype !== 'float32') {
    throw wrongType('predictions', 'a tensor of float32', `a tensor of ${predictions.dtype}`);
  }
  if (predictions.rank < 1 || predictions.shape[predictions.rank - 1] < 2) {
    throw wrongRange('predictions', 'the shape [.., classes] with at least 2 classes', `[${predictions.shape}]`);
  }
}

/** tfjs shows losses and metrics by their functions' names. */
export function named<F extends (...args: never[]) => unknown>(name: string, call: F): F {
  return Object.defineProperty(call, 'name', { value: name });
}
