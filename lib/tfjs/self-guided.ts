// The self-guided loss for model.fit: features are collected while the model trains, distances are refreshed after each epoch.
import type { Tensor } from '@tensorflow/tfjs-core';
import { onlyKnown, optionsObject } from '../arguments';
import { EmdLoss } from '../emd-loss';
import { wrongRange, wrongType } from '../errors';
import { matrix } from '../ground-distance';
import { renamed } from '../renamed';
import { SelfGuidedEmd, type SelfGuidedState } from '../self-guided-emd';
import type { SelfGuidedOptions } from '../self-guided-options';
import { indicesOf, targetsOf } from './labels';
import { checkPredictions, named, type TfjsLoss } from './loss';
import { tf } from './peer';
import { filledTensor, floatsOf } from './tensors';

/** What is needed of a layer of tfjs-layers. */
export interface FeatureLayer {
  name: string;
  readonly outputShape: unknown;
  call(inputs: unknown, kwargs: { training?: boolean } & Record<string, unknown>): Tensor | Tensor[];
}

/** What is needed of a `tf.LayersModel`. */
export interface FeatureModel {
  getLayer(name: string): FeatureLayer;
  readonly outputShape: unknown;
}

export interface SelfGuidedTfjsOptions
  extends Omit<SelfGuidedOptions<'cpu'>, 'classes' | 'features' | 'device' | 'reduction' | 'ignoreIndex'> {
  /** The name of the layer whose output says how alike classes are: the one before the classifier, after its activation. */
  featureLayer: string;
  /** Whether the model's outputs are logits; else they are probabilities, what a softmax layer gives. Default: false. */
  fromLogits?: boolean;
  /** What `state()` returned: training goes on from there. Other options of the loss are then not given. */
  state?: SelfGuidedState;
}

/** What `model.compile` and `model.fit` take, and what is known about the distances. */
export interface SelfGuidedTraining {
  /** For `model.compile({ loss })`: a loss per sample. */
  loss: TfjsLoss;
  /** For `model.fit(x, y, { callbacks: [callback] })`. */
  callback: { onEpochEnd(): Promise<void> };
  /** The loss itself: epoch, emdWeight, distances, history. */
  readonly guided: SelfGuidedEmd;
  /** Everything as plain data, to be saved beside the model. */
  state(): SelfGuidedState;
  /** Leaves the layer as it was. */
  detach(): void;
}

/** The smallest probability that counts in a logarithm. */
const SMALLEST = 1.17549435e-38;

/**
 * The self-guided loss of a model (Hou, Yu, Samaras, arXiv 1611.05916): see `SelfGuidedEmd` for its schedule and options.
 *
 * The features are what the named layer gives while `model.fit` trains; there is no second pass over the data. Labels are one-hot.
 * Evaluation and validation use the loss of the epoch and accumulate nothing.
 *
 * @param model Has one output, [.., classes].
 * @throws TypeError, RangeError for wrong arguments.
 */
export function selfGuided(model: FeatureModel, options: SelfGuidedTfjsOptions): SelfGuidedTraining {
  const { featureLayer, fromLogits = false, state, ...own } = optionsObject(options) as SelfGuidedTfjsOptions;
  if (typeof featureLayer !== 'string') throw wrongType('featureLayer', 'the name of a layer', featureLayer);
  if (typeof fromLogits !== 'boolean') throw wrongType('fromLogits', 'a boolean', fromLogits);
  if (state !== undefined) onlyKnown(own, {});
  const layer = model.getLayer(featureLayer);
  const classes = lastOf('model', model.outputShape);
  const features = sizeOf('featureLayer', layer.outputShape);
  const guided = state
    ? SelfGuidedEmd.fromState(state)
    : new SelfGuidedEmd({ ...own, classes, features, reduction: 'none' });

  const collector = new Collector(layer);
  let between: { epoch: number; loss: EmdLoss } | undefined;
  /** The loss of the epoch, without accumulating. */
  const evaluation = (): EmdLoss => {
    if (between?.epoch !== guided.epoch) between = { epoch: guided.epoch, loss: evaluationLoss(guided, own, state) };
    return between.loss;
  };
  const call = renamed({ targets: 'labels', logits: 'predictions' });

  const loss = named('selfGuidedEmd', (labels: Tensor, predictions: Tensor) => {
    const core = tf();
    checkPredictions(core, predictions);
    return core.customGrad((input, save) => {
      const given = input as Tensor;
      const { shape } = given;
      const rows = shape.slice(0, -1);
      const layerOutput = collector.take();
      const logits = fromLogits
        ? floatsOf(given).slice()
        : Float32Array.from(floatsOf(given), (p) => Math.log(Math.max(p, SMALLEST)));
      const indices = indicesOf(targetsOf(labels, shape), classes);
      const gradient = new Float32Array(logits.length);
      const losses = new Float32Array(indices.length);
      call(() => {
        if (layerOutput) guided.evaluate(logits, layerOutput, indices, { gradient, losses });
        else evaluation().evaluate(logits, indices, { gradient, losses });
      });
      if (!fromLogits) {
        // The gradient with respect to log p, a logit: dL/dp = dL/d(log p) / p.
        const p = floatsOf(given);
        for (let i = 0; i < gradient.length; i++) gradient[i] /= Math.max(p[i], SMALLEST);
      }
      const slopes = core.tensor(gradient, shape, 'float32');
      (save as (tensors: Tensor[]) => void)([slopes]);
      return {
        value: filledTensor(rows, (values) => values.set(losses)),
        gradFunc: (upstream: Tensor, [kept]: Tensor[]) => core.mul(kept, core.expandDims(upstream, -1)),
      };
    })(predictions);
  });

  return {
    loss,
    callback: {
      onEpochEnd: async () => {
        collector.take();
        guided.endEpoch();
      },
    },
    guided,
    state: () => guided.toState(),
    detach: () => collector.detach(),
  };
}

/** What a layer has given in the training step that is under way. */
class Collector {
  readonly #layer: FeatureLayer;
  readonly #call: FeatureLayer['call'];
  #latest: Float32Array | undefined;

  constructor(layer: FeatureLayer) {
    this.#layer = layer;
    this.#call = layer.call;
    layer.call = (inputs, kwargs) => {
      const output = this.#call.call(layer, inputs, kwargs);
      const tensor = Array.isArray(output) ? output[0] : output;
      if (kwargs?.training === true) this.#latest = floatsOf(tensor).slice();
      return output;
    };
  }

  /** Gives it away: the next step has features of its own. */
  take(): Float32Array | undefined {
    const latest = this.#latest;
    this.#latest = undefined;
    return latest;
  }

  detach(): void {
    this.#layer.call = this.#call;
  }
}

function evaluationLoss(
  guided: SelfGuidedEmd,
  { preset, exponent, offset, classWeights, threads }: Partial<SelfGuidedTfjsOptions>,
  state: SelfGuidedState | undefined,
): EmdLoss {
  const costs = state?.options ?? { preset, exponent, offset };
  const weights = state?.options.classWeights ? Float32Array.from(state.options.classWeights) : classWeights;
  const { distances, classes, emdWeight } = guided;
  return new EmdLoss({
    classes,
    threads,
    classWeights: weights,
    reduction: 'none',
    crossEntropyWeight: 1,
    emdWeight,
    ...(distances && {
      groundDistance: matrix(distances, costs.preset ?? { exponent: costs.exponent, offset: costs.offset }),
    }),
  });
}

function sizeOf(name: string, shape: unknown): number {
  const size = dimensions(name, shape)
    .slice(1)
    .reduce((a: number, b) => a * (b ?? Number.NaN), 1);
  if (Number.isInteger(size)) return size;
  throw wrongRange(name, 'a layer whose output has a known size', `[${shape}]`);
}

function lastOf(name: string, shape: unknown): number {
  const classes = dimensions(name, shape).at(-1);
  if (typeof classes === 'number' && classes >= 2) return classes;
  throw wrongRange(name, 'an output [.., classes] with at least 2 classes', `[${shape}]`);
}

function dimensions(name: string, shape: unknown): (number | null)[] {
  if (Array.isArray(shape) && !Array.isArray(shape[0])) return shape as (number | null)[];
  throw wrongType(name, 'one output', shape);
}
