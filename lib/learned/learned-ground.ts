// From the distances between centroids to those in use and to the ground distance of the loss, on the device of the centroids.
import { gpuBackend } from '../backends/current.js';
import { type GroundDistance, groundDistance } from '../distances/ground-distance.js';
import { groundOnGpu } from '../distances/ground-on-gpu.js';
import { arrayHandle, DeviceArray, writableHandle } from '../gpu/device-array.js';
import { type Stream, streamOn } from '../gpu/stream.js';
import type { SelfGuidedSettings } from './self-guided-options.js';

export class LearnedGround {
  readonly #settings: SelfGuidedSettings<'cpu' | number>;
  readonly #classes: number;
  /** The prior on the GPU, if the centroids are there. */
  readonly #priorOnGpu: DeviceArray | undefined;

  constructor(settings: SelfGuidedSettings<'cpu' | number>) {
    this.#settings = settings;
    const { classes, device } = settings.given;
    this.#classes = classes;
    const { prior } = settings;
    if (prior && typeof device === 'number') this.#priorOnGpu = DeviceArray.from(prior, { device });
  }

  /** A copy of the distances that are known before any training, on the device of the centroids. */
  prior(): Float32Array | DeviceArray | undefined {
    const { prior } = this.#settings;
    return this.#priorOnGpu ? this.#priorOnGpu.slice(0, this.#priorOnGpu.length) : prior?.slice();
  }

  /** Multiplies the distances by the preset's unit and mixes in the prior, in place. */
  finish(distances: Float32Array | DeviceArray, stream?: Stream): void {
    const { unit, prior, priorWeight } = this.#settings;
    const share = prior ? 1 - priorWeight : 1;
    if (unit === 1 && !prior) return;
    const factor = share * unit;
    if (DeviceArray.is(distances)) {
      gpuBackend().mixDistances(
        writableHandle('distances', distances),
        factor,
        this.#priorOnGpu ? arrayHandle('prior', this.#priorOnGpu) : null,
        priorWeight,
        streamOn('stream', stream, distances.device),
      );
      return;
    }
    for (let at = 0; at < distances.length; at++) {
      distances[at] = (prior ? priorWeight * prior[at] : 0) + factor * distances[at];
    }
  }

  ground(distances: Float32Array | DeviceArray, stream?: Stream): GroundDistance {
    const { kind, ...values } = this.#settings.use;
    if (DeviceArray.is(distances)) return groundOnGpu(kind, distances, this.#classes, values, stream);
    return groundDistance(kind, { classes: this.#classes, distances: distances.slice(), ...values });
  }
}
