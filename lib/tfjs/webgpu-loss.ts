// The loss on tfjs's webgpu backend: kernels read and write the tensors' own buffers.
import type { Tensor } from '@tensorflow/tfjs-core';
import { sizeOf } from '../checks/shapes.js';
import { PLAIN_OPTIONS, type PlainOptions } from '../loss/plain-settings.js';
import { WebGpuEmdLoss } from '../webgpu/loss.js';
import type { WebGpuEmdOptions } from '../webgpu/settings.js';
import type { TargetType } from '../webgpu/wgsl/problem.js';
import type { Expressed } from './expression.js';
import { DISTRIBUTIONS, INDICES, isDistributions, requireType } from './labels.js';
import { tf } from './peer.js';
import { bufferOf, emptyTensor, recordWith, type WebGpuBackend } from './webgpu-backend.js';

type Options = Omit<WebGpuEmdOptions, 'classes'> & { reduction: NonNullable<PlainOptions['reduction']> };

/** The options that its kernels know. */
const KNOWN: readonly string[] = [...Object.keys(PLAIN_OPTIONS), 'groundDistance', 'classWeights'];

const LOSS_OUT = 8;

export class WebGpuLosses {
  readonly #options: Options;
  /** By backend; then by number of classes and kind of labels. */
  readonly #made = new WeakMap<object, Map<string, WebGpuEmdLoss>>();

  constructor(options: Options) {
    this.#options = Object.fromEntries(Object.entries(options).filter(([name]) => KNOWN.includes(name))) as Options;
  }

  /**
   * To be called where intermediate tensors are disposed of, as in `tf.tidy`. A row whose label is invalid becomes NaN. The gradient is
   * that for `upstream`. Undefined where a tensor is not in a buffer.
   */
  evaluate(
    backend: WebGpuBackend,
    labels: Tensor,
    predictions: Tensor,
    differentiates: boolean,
    upstream: number,
  ): Expressed | undefined {
    const core = tf();
    const { shape } = predictions;
    const rowShape = shape.slice(0, -1);
    const [rows, classes] = [sizeOf(rowShape), shape[shape.length - 1]];
    const distributions = isDistributions(labels, shape);
    requireType(labels, ...(distributions ? DISTRIBUTIONS : INDICES));
    const perRow = this.#options.reduction === 'none';
    if (rows === 0) {
      const value = core.zeros(perRow ? rowShape : []);
      return { value, ...(differentiates && { gradient: core.zerosLike(predictions) }) };
    }
    const targets = distributions ? core.cast(labels, 'float32') : labels;
    const given = { predictions: bufferOf(backend, predictions), targets: bufferOf(backend, targets) };
    if (given.predictions === undefined || given.targets === undefined) return undefined;
    const result = emptyTensor(core, backend, perRow ? rowShape : [LOSS_OUT]);
    const gradient = differentiates ? emptyTensor(core, backend, shape) : undefined;
    const loss = this.#lossFor(backend, classes, distributions);
    recordWith(backend, [predictions, targets, result, ...(gradient ? [gradient] : [])], (encoder) =>
      loss.encode(encoder, {
        predictions: given.predictions!,
        targets: given.targets!,
        targetType: distributions ? 'distribution' : (labels.dtype as TargetType),
        rows,
        upstream,
        [perRow ? 'losses' : 'lossOut']: bufferOf(backend, result),
        gradient: gradient && bufferOf(backend, gradient),
      }),
    );
    const value = perRow ? result : core.reshape(core.slice(result, [0], [1]), []);
    return { value, gradient };
  }

  #lossFor(backend: WebGpuBackend, classes: number, distributions: boolean): WebGpuEmdLoss {
    const made = this.#made.get(backend) ?? new Map<string, WebGpuEmdLoss>();
    this.#made.set(backend, made);
    const key = `${classes} ${distributions}`;
    const ignoreIndex = distributions ? undefined : this.#options.ignoreIndex;
    const loss = made.get(key) ?? new WebGpuEmdLoss(backend.device, { ...this.#options, classes, ignoreIndex });
    made.set(key, loss);
    return loss;
  }
}
