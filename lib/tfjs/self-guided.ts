// The self-guided loss for model.fit: features are collected while the model trains, distances are refreshed after each epoch.
import type { Tensor } from '@tensorflow/tfjs-core';
import { integer, knownOptions, without } from '../checks/arguments.js';
import { EmdError } from '../checks/emd-error.js';
import { wrongRange, wrongType } from '../checks/errors.js';
import { checkIgnoreIndex } from '../checks/labels.js';
import { LARGEST, SMALLEST } from '../checks/limits.js';
import { renamed } from '../checks/renamed.js';
import { lossInUse, SelfGuidedEmd } from '../learned/self-guided-emd.js';
import { SELF_GUIDED_OPTIONS, type SelfGuidedOptions } from '../learned/self-guided-options.js';
import type { SelfGuidedState } from '../learned/self-guided-state.js';
import { EmdLoss } from '../loss/emd-loss.js';
import { EpochWatch, type FitCallback, fitCallback } from './callback.js';
import { Collector, type FeatureLayer, type FeatureModel, findLayer } from './features.js';
import { classesOf, IGNORED, targetsOf } from './labels.js';
import { checkTensors, named, scaled, type TfjsLoss, usualUpstream } from './loss.js';
import { tf } from './peer.js';
import { filledTensor, floatsOf } from './tensors.js';
import { PredictionsCheck } from './warnings.js';
import { type WebGpuBackend, webGpuBackend } from './webgpu-backend.js';
import { GuidedOnGpu } from './webgpu-self-guided.js';

const MAX_BATCH = 2 ** 31 - 1;

/** The options that are the same as for arrays. */
const SAME = without(SELF_GUIDED_OPTIONS, 'classes', 'features', 'device', 'reduction', 'ignoreIndex');

export interface SelfGuidedTfjsOptions extends Pick<SelfGuidedOptions<'cpu'>, keyof typeof SAME> {
  /**
   * The layer whose output says how similar classes are, or its name: usually the layer before the classifier, after its
   * activation. It may be in a model inside of the model, or be such a model.
   */
  featureLayer: string | FeatureLayer;
  /** Whether the model's outputs are logits; otherwise they are probabilities, the output of a softmax layer. Default: false. */
  fromLogits?: boolean;
  /** Rows with this class index do not count. With one-hot labels, those are always the rows of zeros, whatever the index. */
  ignoreIndex?: number;
  /** What `state()` returned, from which training continues. It contains the options of the loss, which are not given again. */
  state?: SelfGuidedState;
}

const OWN = { featureLayer: true, fromLogits: true, state: true, ignoreIndex: true } as const;
const KNOWN = { ...OWN, ...SAME } as const satisfies Record<keyof SelfGuidedTfjsOptions, true>;

/** The part of a `tf.data.Dataset` that is used. */
export interface PrimingDataset {
  forEachAsync(take: (batch: { xs: Tensor; ys: Tensor }) => void): Promise<void>;
}

/** The loss for `model.compile`, the callback for `model.fit`, and access to the distances. */
export interface SelfGuidedTraining {
  /** For `model.compile({ loss })`: a loss per sample. */
  loss: TfjsLoss;
  /** For `model.fit(x, y, { callbacks: callback })`, or in an array with other callbacks. */
  callback: FitCallback;
  /**
   * Shows the training rows to the untrained model, so that the EMD is in the loss from the first step on (preset 'energy'). Call
   * it before `model.fit`. Only the features count; predictions are discarded.
   *
   * @param xs The inputs, [rows, ...], or a `tf.data` dataset of batches `{ xs, ys }`.
   * @param ys The labels, one-hot or class indices; not with a dataset.
   * @param options `batchSize`: how many rows are predicted at a time. Default: 32.
   * @throws TypeError, RangeError for wrong arguments; RangeError also if batches of the epoch have been evaluated.
   */
  prime(xs: Tensor | PrimingDataset, ys?: Tensor, options?: { batchSize?: number }): Promise<void>;
  /** The loss itself: epoch, emdWeight, distances, history. */
  readonly guided: SelfGuidedEmd;
  /** Everything as plain data, to be saved beside the model. */
  state(): SelfGuidedState;
  /** Stops collecting the layer's features. */
  detach(): void;
}

/**
 * The self-guided loss for a model (Hou, Yu, Samaras, arXiv 1611.05916); see `SelfGuidedEmd` for its schedule and options.
 *
 * The features are the output of the named layer while `model.fit` trains; there is no second pass over the data. In a loop of
 * your own, call `model.apply(x, { training: true })` and, after each epoch, `callback.onEpochEnd()`. Labels are one-hot or class
 * indices. Evaluation and validation use the loss of the epoch and accumulate nothing. There is no second derivative.
 *
 * @param model Has one output, [batch, classes].
 * @throws TypeError, RangeError for wrong arguments.
 */
export function selfGuided(model: FeatureModel, options: SelfGuidedTfjsOptions): SelfGuidedTraining {
  knownOptions(options, options.state === undefined ? KNOWN : OWN);
  const { featureLayer, fromLogits = false, ignoreIndex, state, ...own } = options;
  if (!Array.isArray(model?.layers)) throw wrongType('model', 'a tf.LayersModel', model);
  const layer = findLayer(model, featureLayer);
  if (typeof fromLogits !== 'boolean') throw wrongType('fromLogits', 'a boolean', fromLogits);
  checkIgnoreIndex(ignoreIndex);
  const classes = outputClasses(model.outputShape);
  const features = sizeOf(layer.outputShape);
  const guided =
    state === undefined
      ? new SelfGuidedEmd({ ...own, classes, features, reduction: 'none', ignoreIndex: IGNORED })
      : goOn(state, { classes, features });
  const { threads, normalize } = guided.toState().options;
  const collector = new Collector(layer);
  const evaluation = new Evaluation(guided, fromLogits);
  const onGpu = new GuidedOnGpu(guided, { fromLogits, ignoreIndex, features, normalize });
  const call = renamed({ targets: 'labels', logits: 'predictions' });
  const watch = new EpochWatch(model);
  const check = new PredictionsCheck('selfGuided', fromLogits);

  const loss = named('selfGuidedEmd', (labels: Tensor, predictions: Tensor) => {
    const core = tf();
    checkTensors(core, labels, predictions);
    const { shape } = predictions;
    const layerOutput = collector.take();
    const differentiates = core.engine().isTapeOn();
    const backend = webGpuBackend(core);
    if (backend === undefined) check.look(() => floatsOf(predictions), classes);
    return core.customGrad((input, save) => {
      const given = input as Tensor;
      const features = () => {
        if (layerOutput) return layerOutput;
        throw noFeatures(
          layer,
          'in this step; is it part of the model that trains, and is that called with { training: true }?',
        );
      };
      if (backend !== undefined) {
        const usual = usualUpstream(shape, 'none');
        const own = differentiates ? (features() as Tensor) : undefined;
        const made = call(() => onGpu.evaluate(backend, labels, given, own, usual));
        if (made !== undefined) {
          const { value, gradient } = made;
          if (differentiates) watch.step();
          (save as (tensors: Tensor[]) => void)(gradient ? [gradient] : []);
          const gradFunc = (upstream: Tensor, [kept]: Tensor[] = []) =>
            kept ? scaled(core, kept, upstream, usual, !fromLogits) : core.zerosLike(given);
          return { value, gradFunc };
        }
      }
      const indices = classesOf(targetsOf(labels, shape, ignoreIndex), classes, { single: true, threads });
      if (!differentiates) {
        return {
          value: filledTensor(shape.slice(0, -1), (losses) => call(() => evaluation.write(given, indices, losses))),
          gradFunc: () => core.zerosLike(given),
        };
      }
      const found = features();
      const numbers = found instanceof Float32Array ? found : floatsOf(found).slice();
      watch.step();
      const losses = new Float32Array(indices.length);
      const slopes = call(() => slopesOf(guided, floatsOf(given), fromLogits, numbers, indices, losses));
      (save as (tensors: Tensor[]) => void)([core.tensor(slopes, shape, 'float32')]);
      return {
        value: filledTensor(shape.slice(0, -1), (values) => values.set(losses)),
        gradFunc: (upstream: Tensor, [kept]: Tensor[]) => {
          const product = core.mul(kept, core.expandDims(upstream, -1));
          return fromLogits ? product : core.clipByValue(product, -LARGEST, LARGEST);
        },
      };
    })(predictions);
  });

  return {
    loss,
    callback: fitCallback(async () => {
      if (watch.steps === 0) {
        throw new EmdError(
          'NO_FEATURES',
          'selfGuided: an epoch ended without a step of its loss; is the model compiled with it?',
        );
      }
      watch.end();
      await onGpu.finish();
      guided.endEpoch();
    }),
    prime: async (xs, ys, settings = {}) => {
      const observe = (inputs: Tensor, labels: Tensor) => {
        // Else the model predicts 32 rows at a time, and the layer's last output is not that of all.
        const batchSize = Math.max(1, inputs.shape[0]);
        const output = collector.watch(() => tf().dispose(model.predict(inputs, { batchSize })));
        if (!output) throw noFeatures(layer, 'when the model predicted');
        const shape = [inputs.shape[0], classes];
        if (!(output instanceof Float32Array)) {
          const core = tf();
          try {
            core.tidy(() => call(() => onGpu.observe(webGpuBackend(core) as WebGpuBackend, labels, shape, output)));
          } finally {
            output.dispose();
          }
          return;
        }
        const indices = classesOf(targetsOf(labels, shape, ignoreIndex), classes, { single: true, threads });
        guided.observe(output, indices);
      };
      await primeWith(observe, xs, ys, settings);
      await onGpu.finish();
      guided.refresh();
    },
    guided,
    state: () => guided.toState(),
    detach: () => collector.detach(),
  };
}

const noFeatures = (layer: FeatureLayer, when: string) =>
  new EmdError('NO_FEATURES', `selfGuided: the layer '${layer.name}' gave no features ${when}`);

/** Calls `observe` for each batch. */
async function primeWith(
  observe: (inputs: Tensor, labels: Tensor) => void,
  xs: Tensor | PrimingDataset,
  ys: Tensor | undefined,
  options: object,
): Promise<void> {
  knownOptions(options, { batchSize: true });
  const { batchSize = 32 } = options as { batchSize?: number };
  integer('batchSize', batchSize, 1, MAX_BATCH);
  const core = tf();
  if (typeof (xs as PrimingDataset | undefined)?.forEachAsync === 'function') {
    if (ys !== undefined) throw wrongType('ys', 'undefined, as xs is a dataset', ys);
    await (xs as PrimingDataset).forEachAsync(({ xs: inputs, ys: labels }) => observe(inputs, labels));
    return;
  }
  if (!(xs instanceof core.Tensor)) throw wrongType('xs', 'a tensor or a tf.data dataset', xs);
  if (!(ys instanceof core.Tensor)) throw wrongType('ys', 'a tensor of labels', ys);
  const [rows] = xs.shape;
  if (ys.shape[0] !== rows) throw wrongRange('ys', `labels of ${rows} rows`, `[${ys.shape}]`);
  for (let begin = 0; begin < rows; begin += batchSize) {
    const count = Math.min(batchSize, rows - begin);
    core.tidy(() => observe(core.slice(xs, begin, count), core.slice(ys, begin, count)));
  }
}

/** Counts a step, writes the losses, and returns their gradient with respect to the predictions. */
function slopesOf(
  guided: SelfGuidedEmd,
  predictions: Float32Array,
  fromLogits: boolean,
  features: Float32Array,
  indices: Int32Array,
  losses: Float32Array,
): Float32Array {
  const logits = fromLogits ? predictions : logarithms(predictions);
  const gradient = new Float32Array(logits.length);
  guided.evaluate(logits, features, indices, { gradient, losses });
  if (fromLogits) return gradient;
  // Logarithms of probabilities are logits: dL/dp = dL/d(log p) / p, where the logarithm is constant below the smallest p that
  // counts.
  for (let i = 0; i < gradient.length; i++) {
    const slope = predictions[i] < SMALLEST ? 0 : gradient[i] / predictions[i];
    gradient[i] = Math.max(-LARGEST, Math.min(slope, LARGEST));
  }
  return gradient;
}

function logarithms(probabilities: Float32Array): Float32Array {
  const logs = new Float32Array(probabilities.length);
  for (let i = 0; i < logs.length; i++) logs[i] = Math.log(Math.max(probabilities[i], SMALLEST));
  return logs;
}

/** The loss of an epoch, without accumulating features. */
class Evaluation {
  readonly #guided: SelfGuidedEmd;
  readonly #input: 'logits' | 'probabilities';
  #made: { of: EmdLoss; loss: EmdLoss } | undefined;

  constructor(guided: SelfGuidedEmd, fromLogits: boolean) {
    this.#guided = guided;
    this.#input = fromLogits ? 'logits' : 'probabilities';
  }

  write(predictions: Tensor, indices: Int32Array, losses: Float32Array): void {
    const { loss: of, options } = lossInUse(this.#guided);
    if (this.#made?.of !== of) this.#made = { of, loss: new EmdLoss({ ...options, input: this.#input }) };
    this.#made.loss.evaluate(floatsOf(predictions), indices, { gradient: false, losses });
  }
}

function goOn(state: SelfGuidedState, expected: { classes: number; features: number }): SelfGuidedEmd {
  const guided = SelfGuidedEmd.fromState(state);
  const { options } = state;
  for (const name of ['classes', 'features'] as const) {
    if (options[name] !== expected[name]) {
      throw wrongRange(`state.options.${name}`, `${expected[name]}, as the model has`, options[name]);
    }
  }
  if (options.reduction !== 'none') throw wrongRange('state.options.reduction', "'none'", options.reduction);
  // In earlier versions rows of zeros did count.
  const ignores = options.ignoreIndex === IGNORED;
  return ignores ? guided : SelfGuidedEmd.fromState({ ...state, options: { ...options, ignoreIndex: IGNORED } });
}

function sizeOf(shape: unknown): number {
  const size = dimensions('featureLayer', shape)
    .slice(1)
    .reduce((a: number, b) => a * (b ?? Number.NaN), 1);
  if (Number.isInteger(size)) return size;
  throw wrongRange('featureLayer', 'a layer whose output has a known size', `[${shape}]`);
}

function outputClasses(shape: unknown): number {
  const dims = dimensions('model', shape);
  const classes = dims[1];
  if (dims.length === 2 && typeof classes === 'number' && classes >= 2) return classes;
  throw wrongRange('model', 'an output [batch, classes] with at least 2 classes', `[${shape}]`);
}

function dimensions(name: string, shape: unknown): (number | null)[] {
  if (Array.isArray(shape) && !Array.isArray(shape[0])) return shape as (number | null)[];
  throw wrongType(name, 'one output', shape);
}
