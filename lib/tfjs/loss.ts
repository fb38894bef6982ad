// The loss for tfjs: model.compile, variableGrads, optimizer.minimize.
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import { REDUCTIONS } from '../backends/enumerations.js';
import { choice, copyWeights, knownOptions, type Numbers, without } from '../checks/arguments.js';
import { wrongRange, wrongType } from '../checks/errors.js';
import { LARGEST } from '../checks/limits.js';
import { renamed } from '../checks/renamed.js';
import { sizeOf } from '../checks/shapes.js';
import { typedArrayType } from '../checks/typed-arrays.js';
import { GroundDistance } from '../distances/ground-distance.js';
import { EmdLoss } from '../loss/emd-loss.js';
import { type EmdOptions, type EvaluateOptions, LOSS_OPTIONS, Settings } from '../loss/options.js';
import type { EmdResult } from '../loss/result.js';
import type { WebGpuEmdOptions } from '../webgpu/settings.js';
import { type Expressed, ExpressedLoss } from './expression.js';
import { refuseInvalid, type TensorTargets, targetsOf } from './labels.js';
import { type Tfjs, tf } from './peer.js';
import { filledTensors, floatsOf, inHostMemory } from './tensors.js';
import { PredictionsCheck } from './warnings.js';
import { valuesOnHost, webGpuBackend } from './webgpu-backend.js';
import { WebGpuLosses } from './webgpu-loss.js';

/** The options that are the same as for arrays. */
const SAME = without(LOSS_OPTIONS, 'classes', 'inner', 'input', 'device', 'classWeights', 'ignoreIndex', 'reduction');

/** The options of {@link emdLoss}: those of the package's own `emdLoss`. Classes and rows follow from the tensors. */
export interface TfjsEmdOptions extends Pick<EmdOptions, keyof typeof SAME> {
  /** Whether predictions are logits; otherwise they are probabilities, the output of a softmax layer. Default: false. */
  fromLogits?: boolean;
  /** A weight for the rows of each target class, [classes]: finite, not negative. Default: 1. */
  classWeights?: Numbers;
  /**
   * Rows with this class index do not count: their loss and gradient are 0. If labels have the predictions' shape, those rows are
   * always the rows of zeros, whatever the index.
   */
  ignoreIndex?: number;
  /**
   * 'none' gives a loss per sample, of the labels' leading shape, which `model.compile` expects and to which sample weights
   * apply. 'mean' (which divides by the sum of the class weights) and 'sum' give a scalar. Default: 'none'.
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

/** A loss function as tfjs calls it. */
export type TfjsLoss<R extends Tensor = Tensor> = (labels: Tensor, predictions: Tensor) => R;

/**
 * The squared Earth Mover's Distance as a loss function for tfjs, with its own gradient:
 * `model.compile({ loss: emdLoss({ crossEntropyWeight: 1, emdWeight: 10 }), ... })`.
 *
 * Predictions are float32 [.., classes]. Labels are one-hot or other distributions of the same shape, or class indices [..] or
 * [.., 1] (`model.fit` accepts class indices only with its own losses).
 *
 * On the cpu and wasm backends native kernels read the tensors in place, on that of tfjs-node they read copies. On webgpu kernels work
 * on the tensors' buffers, on all others (webgl) the loss is computed with operators of tfjs. Nothing is read back from a GPU: there an
 * invalid label or distribution makes its row NaN instead of throwing an error.
 *
 * The gradient is with respect to the predictions only, and cannot be differentiated again.
 *
 * @throws TypeError, RangeError for options or tensors that are wrong; EmdError if tfjs is not installed.
 */
export function emdLoss(options: TfjsEmdOptions & { reduction: 'mean' | 'sum' }): TfjsLoss<Scalar>;
export function emdLoss(options?: TfjsEmdOptions): TfjsLoss;
export function emdLoss(options: TfjsEmdOptions = {}): TfjsLoss {
  refuseTensor('emdLoss()', options);
  knownOptions(options, KNOWN);
  const { fromLogits = false, reduction = 'none', ...same } = options;
  if (typeof fromLogits !== 'boolean') throw wrongType('fromLogits', 'a boolean', fromLogits);
  choice('reduction', reduction, REDUCTIONS);
  const call = renamed({ targets: 'labels' });
  const steep = !fromLogits && same.crossEntropyWeight !== undefined;
  const own = { ...same, reduction, input: fromLogits ? 'logits' : 'probabilities' } as const;
  const losses = new Losses(own);
  const expression = new ExpressedLoss(own);
  const kernels = new WebGpuLosses(own as WebGpuEmdOptions & typeof own);
  const check = new PredictionsCheck('emdLoss', fromLogits);
  checkOptions(own);

  return named('emdLoss', (labels, predictions) => {
    const core = tf();
    checkTensors(core, labels, predictions);
    const { rank, shape } = predictions;
    const differentiates = core.engine().isTapeOn();
    const readable = inHostMemory(core);
    if (readable) check.look(() => floatsOf(predictions), shape[rank - 1]);
    const gpu = webGpuBackend(core);
    let computed: Tensor | undefined;
    const result = core.customGrad((given) => {
      const input = given as Tensor;
      const usual = usualUpstream(shape, reduction);
      const fused = call(() =>
        readable
          ? forward(losses, input, labels, reduction, differentiates)
          : gpu && kernels.evaluate(gpu, labels, input, differentiates, usual),
      );
      const { value, gradient } = fused ?? call(() => expression.evaluate(labels, input, differentiates));
      computed = gradient && core.keep(gradient);
      const gradFunc = (upstream: Tensor): Tensor =>
        gradient ? scaled(core, gradient, upstream, fused ? usual : 1, steep) : core.zerosLike(input);
      return { value, gradFunc };
    })(predictions);
    if (computed) leaveToTape(core, computed);
    return result;
  });
}

/**
 * Lets the tape dispose of the gradient when it ends, used or not, like everything passed to customGrad's `save`. `save` itself
 * would copy it, which on the wasm backend takes longer than computing it.
 */
function leaveToTape(core: Tfjs, gradient: Tensor): void {
  const tape = core.engine().state.activeTape as { saved: Tensor[] }[];
  tape[tape.length - 1].saved.push(gradient);
}

/** Finds wrong options now rather than in the first batch, with the number of classes that the options imply. */
function checkOptions(options: Omit<EmdOptions, 'classes'>): void {
  const { groundDistance, classWeights } = options;
  const known = GroundDistance.is(groundDistance) ? groundDistance.classes : undefined;
  const listed = Array.isArray(classWeights) || typedArrayType(classWeights) !== undefined;
  const classes = known ?? Math.max(2, listed ? (classWeights as Float32Array).length : 2);
  new Settings({ ...options, classes });
  if (classWeights !== undefined) copyWeights('classWeights', classWeights, classes);
}

/** The losses behind a loss function, made when batches first need them. */
export class Losses {
  readonly #options: Omit<EmdOptions, 'classes'>;
  /** By number of classes and ignored index. */
  readonly #made = new Map<string, EmdLoss>();

  constructor(options: Omit<EmdOptions, 'classes'>) {
    this.#options = options;
  }

  /** The labels as targets. */
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
    // Such a row has become NaN, so the search costs nothing if there is none.
    if (result.nonFinite > 0 && values instanceof Float32Array) refuseInvalid(values, classes, result.firstNonFinite);
    return result;
  }
}

/**
 * The loss and, with `differentiates`, its gradient for the most common upstream gradient: both take one pass over the
 * predictions, and the backward pass has nothing left to do.
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

/** The upstream gradient of a mean over samples, which model.fit takes of losses per sample; 1 for a scalar. */
export function usualUpstream(shape: readonly number[], reduction: string): number {
  return reduction === 'none' ? Math.fround(1 / Math.max(1, sizeOf(shape.slice(0, -1)))) : 1;
}

/**
 * The gradient for another upstream gradient, [rows] or a scalar.
 *
 * @param usual The upstream gradient for which it was computed.
 * @param steep Whether it contains slopes of logarithms, which must not become infinite, as they would be NaN behind a softmax.
 */
export function scaled(core: Tfjs, gradient: Tensor, upstream: Tensor, usual: number, steep: boolean): Tensor {
  const known = knownValues(core, upstream);
  if (known && allAre(known, usual)) return core.reshape(gradient, gradient.shape); // no copy
  const factors = usual === 1 ? upstream : core.div(upstream, usual);
  const product = core.mul(gradient, upstream.rank === 0 ? factors : core.expandDims(factors, -1));
  return steep ? core.clipByValue(product, -LARGEST, LARGEST) : product;
}

/** The numbers of a tensor where that takes no time. */
function knownValues(core: Tfjs, tensor: Tensor): ArrayLike<number> | undefined {
  if (inHostMemory(core)) return floatsOf(tensor);
  const gpu = webGpuBackend(core);
  return gpu && valuesOnHost(gpu, tensor);
}

/** A loop, as `every` takes three times as long. */
function allAre(values: ArrayLike<number>, expected: number): boolean {
  for (let i = 0; i < values.length; i++) if (values[i] !== expected) return false;
  return true;
}

/**
 * @throws TypeError if tfjs was given the function that makes a loss or metric rather than its result, and calls it with labels.
 */
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

/** Names a function, as tfjs shows losses and metrics by their functions' names. */
export function named<F extends (...args: never[]) => unknown>(name: string, call: F): F {
  return Object.defineProperty(call, 'name', { value: name });
}
