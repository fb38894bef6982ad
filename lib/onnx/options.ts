// The options and the result of the loss on tensors of onnxruntime.
import { type Numbers, without } from '../checks/arguments.js';
import { type EmdOptions, LOSS_OPTIONS, type Reduction } from '../loss/options.js';
import type { EmdResult, GradientOf, LossesOf, Wanted } from '../loss/result.js';
import type { GpuDevice } from '../webgpu/gpu-types.js';
import type { OrtTensor } from './tensors.js';

/** The options that are the same as for arrays. */
const SAME = without(LOSS_OPTIONS, 'classes', 'inner', 'classWeights');

/** The options of `emdLoss`: those of the package's own `emdLoss`. Classes and rows follow from the tensors. */
export interface OrtEmdOptions<
  T extends OrtTensor = OrtTensor,
  G extends Wanted<T> = Wanted<T>,
  L extends Wanted<T> = Wanted<T>,
  R extends Reduction = Reduction,
> extends Pick<EmdOptions<Wanted, Wanted, R>, keyof typeof SAME> {
  /** The dimension of the classes; negative counts from the end. 1 for dense prediction, [batch, classes, ..]. Default: -1. */
  axis?: number;
  /**
   * Whether to compute the gradient, or the tensor to fill, which has the logits' type and shape and may be the logits
   * themselves. Default: true.
   */
  gradient?: G;
  /**
   * Whether to return the loss of each row, or the float32 tensor to fill. Default: true with reduction 'none', otherwise false.
   */
  losses?: L;
  /** A weight for the rows of each target class, [classes]: finite, not negative. Default: 1. */
  classWeights?: Numbers | T;
  /** The weight of each row, of the labels' shape: finite, not negative. Default: 1. */
  sampleWeights?: Float32Array | T;
  /**
   * The factor of the gradient, dL/d(result): a number or, with reduction 'none', one per row, of the labels' shape. Default: 1.
   */
  upstream?: number | Float32Array | T;
}

/**
 * The result of the package's own `emdLoss`, with tensors: the gradient has the logits' type and shape; losses are float32 and
 * have the logits' shape without the classes.
 */
export type OrtEmdResult<T extends OrtTensor = OrtTensor, G = T | null, L = T | null> = EmdResult<T, G, L>;

export type ResultFor<T extends OrtTensor, G, L, R> = OrtEmdResult<T, GradientOf<T, G>, LossesOf<T, L, R>>;

export const KNOWN = {
  axis: true,
  gradient: true,
  losses: true,
  classWeights: true,
  sampleWeights: true,
  upstream: true,
  ...SAME,
} as const satisfies Record<keyof OrtEmdOptions, true>;

/** The options of `emdLossAsync`. */
export interface OrtAsyncOptions<
  T extends OrtTensor = OrtTensor,
  G extends Wanted<T> = Wanted<T>,
  L extends Wanted<T> = Wanted<T>,
  R extends Reduction = Reduction,
> extends OrtEmdOptions<T, G, L, R> {
  /**
   * Where the session computes (its execution provider's `device`, or `await ort.env.webgpu.device`): the logits, float32 or float16, are
   * a tensor whose location is 'gpu-buffer', and so are the gradient and the losses. Labels and weights of rows may be there or on the CPU.
   */
  gpuDevice?: GpuDevice;
}
