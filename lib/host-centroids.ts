import { allocate, allocateSquare, float32 } from './arguments';
import { type Labels, native } from './binding';
import type { CentroidNumbers, CentroidStore, FeatureBatch, StoreShape } from './centroid-store';
import type { DeviceArray } from './device-array';
import { EmdError, invalidLabel, wrongType } from './errors';

/**
 * Sums, counts and centroids in host memory. Asynchronous calls run one after the other, in the order in which they were made;
 * while one runs, all others throw.
 */
export class HostCentroids implements CentroidStore<Float32Array> {
  // Native threads work on these: nobody else may get hold of them.
  readonly #sums: Float64Array;
  readonly #counts: Float64Array;
  readonly #centroids: Float32Array;
  readonly #shape: StoreShape;
  #running = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(shape: StoreShape) {
    this.#shape = shape;
    const count = shape.classes * shape.features;
    this.#sums = allocate('features', count, Float64Array);
    this.#counts = new Float64Array(shape.classes);
    this.#centroids = allocate('features', count, Float32Array).fill(Number.NaN);
  }

  accumulate(batch: FeatureBatch): void {
    const { features, labels } = onHost(batch);
    this.#idle();
    this.#checkLabels(labels, this.#add(features, labels, batch.ignoreIndex, false));
  }

  async accumulateLater(batch: FeatureBatch): Promise<void> {
    let { features, labels } = onHost(batch);
    // Native code copies what it is given; only what has to wait is copied here.
    if (this.#running > 0) {
      features = features.slice();
      labels = labels.slice();
    }
    await this.#enqueue(() => {
      const running = this.#add(features, labels, batch.ignoreIndex, true);
      return typeof running === 'number' ? this.#checkLabels(labels, running) : running;
    });
  }

  update(momentum: number): void {
    this.#idle();
    native().updateCentroids(this.#sums, this.#counts, this.#centroids, momentum, false);
  }

  async updateLater(momentum: number): Promise<void> {
    await this.#enqueue(() => native().updateCentroids(this.#sums, this.#counts, this.#centroids, momentum, true));
  }

  target(out: unknown): Float32Array {
    const { classes } = this.#shape;
    if (out === undefined) return allocateSquare('classes', classes, Float32Array);
    return float32('out', out, classes ** 2, 'classes * classes');
  }

  distances(scale: number, out: Float32Array): void {
    this.#idle();
    native().classDistances(this.#centroids, this.#shape.classes, scale, out, false);
  }

  async distancesLater(scale: number, out: Float32Array): Promise<void> {
    await this.#enqueue(() => native().classDistances(this.#centroids, this.#shape.classes, scale, out, true));
  }

  sums(): Float64Array {
    this.#idle();
    return this.#sums.slice();
  }

  counts(): Float64Array {
    this.#idle();
    return this.#counts.slice();
  }

  centroids(): Float32Array {
    this.#idle();
    return this.#centroids.slice();
  }

  write({ sums, counts, centroids }: CentroidNumbers): void {
    this.#idle();
    this.#sums.set(sums);
    this.#counts.set(counts);
    if (centroids) this.#centroids.set(centroids);
  }

  #idle(): void {
    if (this.#running === 0) return;
    throw new EmdError('BUSY', 'ClassCentroids: an asynchronous call still runs; await it first');
  }

  async #enqueue<T>(start: () => T | Promise<T>): Promise<T> {
    const first = this.#running++ === 0;
    try {
      const running = first ? (async () => start())() : this.#last.then(start);
      this.#last = running.catch(() => {});
      return await running;
    } finally {
      this.#running--;
    }
  }

  #add(features: Float32Array, labels: Labels, ignoreIndex: number | null, later: boolean): number | Promise<void> {
    return native().accumulate(features, labels, this.#sums, this.#counts, this.#shape.norm, ignoreIndex, later);
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
