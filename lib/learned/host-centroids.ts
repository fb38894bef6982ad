import type { CentroidArrays, CentroidsHandle } from '../backends/backend.js';
import { hostBackend } from '../backends/current.js';
import { allocate, allocateSquare, float32 } from '../checks/arguments.js';
import { wrongType } from '../checks/errors.js';
import { invalidLabel, type Labels } from '../checks/labels.js';
import { copyOf } from '../checks/typed-arrays.js';
import type { DeviceArray } from '../gpu/device-array.js';
import { CallQueue } from './call-queue.js';
import type { CentroidNumbers, CentroidStore, FeatureBatch, StoreShape } from './centroid-store.js';

/**
 * Sums, counts and centroids in host memory. Asynchronous calls run one after another, in the order in which they were made;
 * while one runs, all other calls throw.
 */
export class HostCentroids implements CentroidStore<Float32Array> {
  /** JavaScript's arrays until the first asynchronous call, then native memory. */
  #arrays: CentroidArrays | CentroidsHandle;
  readonly #shape: StoreShape;
  readonly #count: number;
  readonly #calls = new CallQueue('ClassCentroids');

  constructor(shape: StoreShape) {
    this.#shape = shape;
    this.#count = shape.classes * shape.features;
    this.#arrays = [
      allocate('features', this.#count, Float64Array),
      new Float64Array(shape.classes),
      allocate('features', this.#count, Float32Array).fill(Number.NaN),
    ];
  }

  accumulate(batch: FeatureBatch): void {
    const { features, labels } = onHost(batch);
    this.#calls.requireIdle();
    this.#checkLabels(labels, this.#add(features, labels, batch.ignoreIndex, false));
  }

  async accumulateLater(batch: FeatureBatch): Promise<void> {
    let { features, labels } = onHost(batch);
    // Native code copies its arguments; here only those of calls that have to wait are copied.
    if (!this.#calls.isIdle) {
      features = copyOf(features);
      labels = copyOf(labels);
    }
    await this.#calls.add(() => {
      const running = this.#add(features, labels, batch.ignoreIndex, true);
      return typeof running === 'number' ? this.#checkLabels(labels, running) : running;
    });
  }

  update(momentum: number): void {
    this.#calls.requireIdle();
    hostBackend().updateCentroids(this.#arrays, momentum, false);
  }

  async updateLater(momentum: number): Promise<void> {
    await this.#calls.add(() => hostBackend().updateCentroids(this.#inNativeMemory(), momentum, true));
  }

  target(out: unknown): Float32Array {
    const { classes } = this.#shape;
    if (out === undefined) return allocateSquare('classes', classes, Float32Array);
    return float32('out', out, classes ** 2, 'classes * classes');
  }

  distances(scale: number, out: Float32Array): void {
    this.#calls.requireIdle();
    hostBackend().classDistances(this.#arrays, scale, out, false);
  }

  async distancesLater(scale: number, out: Float32Array): Promise<void> {
    await this.#calls.add(() => hostBackend().classDistances(this.#inNativeMemory(), scale, out, true));
  }

  sums(): Float64Array {
    const sums = new Float64Array(this.#count);
    this.#read(sums, null, null);
    return sums;
  }

  counts(): Float64Array {
    const counts = new Float64Array(this.#shape.classes);
    this.#read(null, counts, null);
    return counts;
  }

  centroids(): Float32Array {
    const centroids = new Float32Array(this.#count);
    this.#read(null, null, centroids);
    return centroids;
  }

  write({ sums, counts, centroids }: CentroidNumbers): void {
    this.#calls.requireIdle();
    if (!Array.isArray(this.#arrays)) {
      hostBackend().writeCentroids(this.#arrays, [sums, counts, centroids ?? null]);
      return;
    }
    this.#arrays[0].set(sums);
    this.#arrays[1].set(counts);
    if (centroids) this.#arrays[2].set(centroids);
  }

  #read(...into: [sums: Float64Array | null, counts: Float64Array | null, centroids: Float32Array | null]): void {
    this.#calls.requireIdle();
    const from = this.#arrays;
    if (Array.isArray(from)) into.forEach((array, i) => void array?.set(from[i]));
    else hostBackend().readCentroids(from, into);
  }

  /** For native threads, which must not work on JavaScript's memory, as runtimes other than Node.js may free it under them. */
  #inNativeMemory(): CentroidsHandle {
    if (Array.isArray(this.#arrays)) this.#arrays = hostBackend().ownCentroids(this.#arrays);
    return this.#arrays;
  }

  #add(features: Float32Array, labels: Labels, ignoreIndex: number | null, later: boolean): number | Promise<void> {
    const store = later ? this.#inNativeMemory() : this.#arrays;
    return hostBackend().accumulate(features, labels, store, this.#shape.norm, ignoreIndex, later);
  }

  #checkLabels(labels: Labels, offender: number | Promise<void>): void {
    if (typeof offender !== 'number' || offender < 0) return;
    throw invalidLabel(offender, this.#shape.classes, Number(labels[offender]), 'labels');
  }
}

function onHost({ features, labels, stream }: FeatureBatch): { features: Float32Array; labels: Labels } {
  const where = 'in host memory, as the centroids are';
  for (const [name, array] of [['features', features] as const, ['labels', labels] as const]) {
    if (!ArrayBuffer.isView(array)) throw wrongType(name, `an array ${where}`, array as DeviceArray);
  }
  if (stream !== undefined) throw wrongType('stream', 'undefined, as the centroids are in host memory', stream);
  return { features: features as Float32Array, labels: labels as Labels };
}
