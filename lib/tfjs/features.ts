// Finds a layer anywhere in a model, and collects its output while the model trains.
import type { Tensor } from '@tensorflow/tfjs-core';
import { wrongRange, wrongType } from '../checks/errors.js';
import { tf } from './peer.js';
import { floatsOf } from './tensors.js';
import { webGpuBackend } from './webgpu-backend.js';

/** The part of a layer of tfjs-layers that is used. */
export interface FeatureLayer {
  name: string;
  readonly outputShape: unknown;
  call(inputs: unknown, kwargs: { training?: boolean } & Record<string, unknown>): Tensor | Tensor[];
}

/** The part of a `tf.LayersModel` that is used. */
export interface FeatureModel {
  readonly layers: FeatureLayer[];
  readonly outputShape: unknown;
  predict(inputs: Tensor, options: { batchSize: number }): Tensor | Tensor[];
}

/** A layer that is itself a model. */
interface Nested extends FeatureLayer {
  readonly layers: FeatureLayer[];
  readonly outputs: { readonly sourceLayer: FeatureLayer }[];
}

const isNested = (layer: FeatureLayer): layer is Nested => Array.isArray((layer as Partial<Nested>).layers);

const SHOWN = 20;

/**
 * @param wanted The layer or its name, in the model or in models inside of it; of several with the same name, the topmost.
 * @throws TypeError, RangeError
 */
export function findLayer(model: FeatureModel, wanted: unknown): FeatureLayer {
  const isLayer = typeof (wanted as FeatureLayer | null | undefined)?.call === 'function';
  const isObject = typeof wanted === 'object' && isLayer;
  if (typeof wanted !== 'string' && !isObject) throw wrongType('featureLayer', 'a layer or the name of one', wanted);
  const names = new Set<string>();
  let level = [...model.layers];
  while (level.length > 0) {
    const found = level.filter((layer) => layer === wanted || layer.name === wanted);
    if (found.length === 1) return sourceOf(found[0]);
    if (found.length > 1) {
      throw wrongRange('featureLayer', 'the name of one layer; several have this: give the layer itself', wanted);
    }
    for (const { name } of level) names.add(name);
    level = [...new Set(level.filter(isNested).flatMap((nested) => nested.layers))];
  }
  const list = [...names].slice(0, SHOWN).join(', ') + (names.size > SHOWN ? ', ...' : '');
  throw wrongRange('featureLayer', `a layer of the model (${list})`, isObject ? (wanted as FeatureLayer).name : wanted);
}

/** A model that is the first in a `tf.Sequential` is never called itself, only its layers: then it is the one with its output. */
function sourceOf(layer: FeatureLayer): FeatureLayer {
  return isNested(layer) && layer.outputs?.length === 1 ? sourceOf(layer.outputs[0].sourceLayer) : layer;
}

/**
 * Collects a layer's output in the training step that is under way, or during a prediction that is watched. On the webgpu backend it is
 * read only when it has to be, so that training reads nothing back.
 */
export class Collector {
  #latest: Float32Array | Tensor | undefined;
  #attached = true;
  #watching = false;

  constructor(layer: FeatureLayer) {
    const call = layer.call;
    layer.call = (inputs, kwargs) => {
      const output = call.call(layer, inputs, kwargs);
      if (this.#attached) {
        const tensor = Array.isArray(output) ? output[0] : output;
        const onGpu = webGpuBackend(tf()) !== undefined;
        // A prediction disposes of its tensors, a training step of its own needs them.
        const kept = () =>
          onGpu ? (this.#watching ? tf().keep(tf().clone(tensor)) : tensor) : floatsOf(tensor).slice();
        this.#latest = this.#watching || kwargs?.training === true ? kept() : undefined;
      }
      return output;
    };
  }

  /** Hands out the features, a tensor on the webgpu backend; the next step will have its own. */
  take(): Float32Array | Tensor | undefined {
    const latest = this.#latest;
    this.#latest = undefined;
    return latest;
  }

  /** The layer's output while `predict` runs. */
  watch(predict: () => void): Float32Array | Tensor | undefined {
    this.#watching = true;
    try {
      predict();
      return this.take();
    } finally {
      this.#watching = false;
    }
  }

  /** Makes the wrapper do nothing. It has to stay, as others may have wrapped the layer since then. */
  detach(): void {
    this.#attached = false;
    this.#latest = undefined;
  }
}
