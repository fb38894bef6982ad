// The loss of arrays of jax-js, and its gradient: on the webgpu device by kernels on the arrays' own buffers, on others by the kernels of
// the host.
import { knownOptions, without } from '../checks/arguments.js';
import { wrongRange, wrongType } from '../checks/errors.js';
import { checkLabels, invalidLabel } from '../checks/labels.js';
import { renamed } from '../checks/renamed.js';
import { sameShape, sizeOf } from '../checks/shapes.js';
import type { GroundDistance } from '../distances/ground-distance.js';
import { emdLoss } from '../loss/emd-loss.js';
import { PLAIN_OPTIONS, type PlainOptions } from '../loss/plain-settings.js';
import { WebGpuEmdLoss } from '../webgpu/loss.js';
import type { WebGpuEmdOptions } from '../webgpu/settings.js';
import type { TargetType } from '../webgpu/wgsl/problem.js';
import type { JaxArray, JaxPeer } from './peer.js';

const SAME = without(PLAIN_OPTIONS, 'classes', 'inner');

/** The options of the loss, as `EmdOptions` of `squared-emd` describes each. Classes and rows follow from the arrays. */
export interface JaxEmdOptions extends Pick<PlainOptions, keyof typeof SAME>, Pick<WebGpuEmdOptions, 'classWeights'> {
  /** Default: neighbours at distance 1, in order. */
  groundDistance?: GroundDistance;
}

const KNOWN = { ...SAME, groundDistance: true, classWeights: true } as const satisfies Record<
  keyof JaxEmdOptions,
  true
>;

/** Class indices in host memory. */
export type HostLabels = Int32Array | readonly number[];

const LOSS_OUT = 8;
/** What rows that do not count have for a label, where the host has read them: no class. */
const IGNORED = -1;

const call = renamed({ targets: 'labels', predictions: 'logits' });

export class JaxLoss {
  readonly #peer: JaxPeer;
  readonly #options: JaxEmdOptions;
  /** On the webgpu device, by number of classes and kind of labels. */
  readonly #onGpu = new Map<string, WebGpuEmdLoss>();

  /** @throws TypeError for an option that is none. */
  constructor(peer: JaxPeer, options: JaxEmdOptions) {
    knownOptions(options, KNOWN);
    this.#peer = peer;
    this.#options = { ...options };
  }

  /** The loss, and its gradient with respect to the logits. Takes both arrays. */
  evaluate(logits: JaxArray, labels: JaxArray | HostLabels): { loss: JaxArray; gradient: JaxArray } {
    const peer = this.#peer;
    const { shape } = checkLogits(peer, logits);
    const isArray = peer.isArray(labels);
    const distributions = isArray && labels.dtype === 'float32' && sameShape(labels.shape, shape);
    const rowShape = shape.slice(0, -1);
    if (isArray) {
      const { dtype, shape: own } = labels;
      if (!['int32', 'uint32', 'float32'].includes(dtype)) {
        throw wrongType('labels', 'an array of int32, uint32 or float32', `one of ${dtype}`);
      }
      if (!distributions && !sameShape(own, rowShape)) {
        throw wrongRange('labels', `the shape [${rowShape}] (class indices) or [${shape}] (distributions)`, `[${own}]`);
      }
    }
    const result = call(() =>
      logits.device === 'webgpu'
        ? this.#evaluateOnGpu(logits, labels, distributions)
        : this.#evaluateOnHost(logits, labels, distributions),
    );
    logits.dispose();
    if (isArray) labels.dispose();
    return result;
  }

  #evaluateOnHost(logits: JaxArray, labels: JaxArray | HostLabels, distributions: boolean) {
    const { shape, device } = logits;
    const { reduction } = this.#options;
    const isArray = this.#peer.isArray(labels);
    const given = isArray ? labels.ref.dataSync() : labels;
    const { loss, losses, gradient } = emdLoss(
      logits.ref.dataSync() as Float32Array,
      distributions || !isArray ? (given as Float32Array | Int32Array) : indicesOf(given),
      { ...this.#options, classes: shape[shape.length - 1] },
    );
    const values = reduction === 'none' ? (losses as Float32Array) : Float32Array.of(loss);
    const resultShape = reduction === 'none' ? shape.slice(0, -1) : [];
    return {
      loss: this.#peer.array(values, resultShape, device),
      gradient: this.#peer.array(gradient as Float32Array, shape, device),
    };
  }

  #evaluateOnGpu(logits: JaxArray, labels: JaxArray | HostLabels, distributions: boolean) {
    const peer = this.#peer;
    const { shape } = logits;
    const rowShape = shape.slice(0, -1);
    const perRow = this.#options.reduction === 'none';
    const isThere = peer.isArray(labels) && labels.device === 'webgpu';
    const ignoreIndex = isThere ? this.#options.ignoreIndex : IGNORED;
    const loss = this.#lossFor(shape[shape.length - 1], distributions, distributions ? undefined : ignoreIndex);
    const targets = isThere ? labels.ref : this.#targetsFromHost(labels, shape, distributions);
    const result = peer.zeros(perRow ? rowShape : [LOSS_OUT], 'webgpu');
    const gradient = peer.zeros(shape, 'webgpu');
    try {
      // Asking for a buffer submits what fills it.
      const [predictions, ofTargets, ofResult, ofGradient] = [logits, targets, result, gradient].map((array) =>
        array.ref.gpuBufferSync(),
      );
      const encoder = peer.gpu.createCommandEncoder();
      loss.encode(encoder, {
        predictions,
        targets: ofTargets,
        targetType: distributions ? 'distribution' : (targets.dtype as TargetType),
        rows: sizeOf(rowShape),
        gradient: ofGradient,
        [perRow ? 'losses' : 'lossOut']: ofResult,
      });
      peer.gpu.queue.submit([encoder.finish() as never]);
    } catch (error) {
      for (const array of [result, gradient]) array.dispose();
      throw error;
    } finally {
      targets.dispose();
    }
    return { loss: perRow ? result : result.slice(0), gradient };
  }

  /** Labels that the host can read are checked there. @throws TypeError, RangeError */
  #targetsFromHost(labels: JaxArray | HostLabels, shape: readonly number[], distributions: boolean): JaxArray {
    const peer = this.#peer;
    const rowShape = shape.slice(0, -1);
    const values = peer.isArray(labels) ? labels.ref.dataSync() : labels;
    if (distributions) return peer.array(values as Float32Array, shape, 'webgpu');
    const classes = shape[shape.length - 1];
    const { ignoreIndex } = this.#options;
    const given = peer.isArray(labels) ? indicesOf(values) : values;
    const checked = checkLabels('labels', given, sizeOf(rowShape), classes);
    const own = Int32Array.from(checked as Int32Array, (label, row) => {
      const value = Number(label);
      if (value === ignoreIndex) return IGNORED;
      if (!(value >= 0 && value < classes)) throw invalidLabel(row, classes, value, 'labels');
      return value;
    });
    return peer.array(own, rowShape, 'webgpu');
  }

  /** Gives up its memory on the GPU; what has been submitted still runs. */
  dispose(): void {
    for (const loss of this.#onGpu.values()) loss.dispose();
    this.#onGpu.clear();
  }

  #lossFor(classes: number, distributions: boolean, ignoreIndex: number | undefined): WebGpuEmdLoss {
    const key = `${classes} ${distributions} ${ignoreIndex}`;
    const options = { ...this.#options, classes, ignoreIndex: distributions ? this.#options.ignoreIndex : ignoreIndex };
    const known = this.#onGpu.get(key) ?? new WebGpuEmdLoss(this.#peer.gpu, options);
    this.#onGpu.set(key, known);
    return known;
  }
}

function checkLogits(peer: JaxPeer, logits: unknown): JaxArray {
  if (!peer.isArray(logits)) {
    throw wrongType('logits', 'an array of jax-js that has its numbers (not inside of jit, grad or vmap)', logits);
  }
  const { shape, dtype } = logits;
  if (dtype !== 'float32') throw wrongType('logits', 'an array of float32', `one of ${dtype}`);
  if (shape.length < 1 || shape[shape.length - 1] < 2) {
    throw wrongRange('logits', 'the shape [.., classes] with at least 2 classes', `[${shape}]`);
  }
  return logits;
}

/** Numbers of an array of labels as the checks of labels take them. */
const indicesOf = (values: ArrayLike<number>): Int32Array | number[] =>
  values instanceof Int32Array ? values : Array.from(values);
