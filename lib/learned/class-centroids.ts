// Centroids of the classes in the space of a network's features, and the ground distance that follows from them.

import { NORMS, SCALES } from '../backends/enumerations.js';
import { attachedLength, choice, integer, knownOptions, share, wholeRows } from '../checks/arguments.js';
import { wrongRange, wrongType } from '../checks/errors.js';
import { checkIgnoreIndex, checkLabels, type Labels, labelsExpected } from '../checks/labels.js';
import { MAX_CENTROID_NUMBERS, MAX_CLASSES } from '../checks/limits.js';
import { typedArrayType } from '../checks/typed-arrays.js';
import { deviceOf } from '../gpu/cuda.js';
import { DeviceArray } from '../gpu/device-array.js';
import { optionalStream, type Stream } from '../gpu/stream.js';
import {
  type CentroidState,
  listed,
  type PackedCentroidState,
  packed,
  readCentroids,
  readShape,
} from './centroid-state.js';
import type { CentroidNumbers, CentroidStore, FeatureBatch, FeatureNorm } from './centroid-store.js';
import { DeviceCentroids } from './device-centroids.js';
import { HostCentroids } from './host-centroids.js';

export type DistanceScale = (typeof SCALES)[number];

export interface CentroidOptions<D extends 'cpu' | number = 'cpu' | number> {
  /** C, 2..16777216. */
  classes: number;
  /** F, the number of features of a row, 1 or more; classes * features is at most 2^31 - 1. */
  features: number;
  /** Whether each row of features is divided by its 1-norm or 2-norm, or not at all. A row of zeros stays one. Default: 'l1'. */
  normalize?: FeatureNorm;
  /** The share of the old centroid that an update keeps, in [0, 1). Default: 0, which replaces it. */
  momentum?: number;
  /** Where sums, centroids and distances are: in host memory, or on the GPU with this index. Default: 'cpu'. */
  device?: D;
}

/** For centroids on a GPU: where the work is enqueued. Default: the package's own stream of that GPU. */
export interface CentroidStream {
  stream?: Stream;
}

export interface AccumulateOptions extends CentroidStream {
  /** Rows with this label do not count. */
  ignoreIndex?: number;
}

export interface DistanceOptions<A extends Float32Array | DeviceArray = Float32Array | DeviceArray>
  extends CentroidStream {
  /**
   * 'rank': the mean of the ranks that two classes give each other among all classes, divided by `classes - 1`; 'max' and 'mean':
   * the distance divided by the largest or the mean one; 'none': the distance itself. Default: 'rank'.
   */
  scale?: DistanceScale;
  /**
   * The array to fill, [classes, classes], on the same device as the centroids. Default: a new one, which in host memory is
   * limited to 2 GiB (23170 classes).
   */
  out?: A;
}

export const CENTROID_OPTIONS = {
  classes: true,
  features: true,
  normalize: true,
  momentum: true,
  device: true,
} as const satisfies Record<keyof CentroidOptions, true>;
const STREAM = { stream: true } as const satisfies Record<keyof CentroidStream, true>;
const ACCUMULATE = { ignoreIndex: true, ...STREAM } as const satisfies Record<keyof AccumulateOptions, true>;
const DISTANCES = { scale: true, out: true, ...STREAM } as const satisfies Record<keyof DistanceOptions, true>;

export const scaleOf = (scale: unknown): number => choice('scale', scale, SCALES);

// Not part of the package's interface:
/** Like `toState()`, in less space. */
export let packedCentroids: (centroids: ClassCentroids<'cpu' | number>) => PackedCentroidState;
/** Like `update()`, without keeping a share of the old centroids. */
export let updateAnew: (centroids: ClassCentroids<'cpu' | number>, options: CentroidStream) => void;
export let updateAnewLater: (centroids: ClassCentroids<'cpu' | number>, options: CentroidStream) => Promise<void>;

export type ArrayOn<D extends 'cpu' | number> = D extends number ? DeviceArray : Float32Array;
export type Labelled = Labels | readonly number[] | DeviceArray;

/**
 * The centroids of the classes in the space of a network's features: means of the normalized features of each class's samples,
 * from which distances between the classes follow (Hou, Yu, Samaras, arXiv 1611.05916, the self-guided loss).
 *
 * Rows are accumulated batch by batch; {@link ClassCentroids.update}, once per epoch, turns them into centroids. Sums are
 * float64, in the order of each class's rows. In host memory, asynchronous calls on one object run one after another, in the
 * order in which they were made; while one runs, all other calls throw an EmdError 'BUSY'. On a GPU calls only enqueue.
 */
export class ClassCentroids<D extends 'cpu' | number = 'cpu'> {
  readonly classes: number;
  readonly features: number;
  readonly normalize: FeatureNorm;
  readonly momentum: number;
  readonly #store: CentroidStore<ArrayOn<D>>;

  /** @throws TypeError, RangeError for invalid options; EmdError for a GPU that is not there. */
  constructor(options: CentroidOptions<D>) {
    knownOptions(options, CENTROID_OPTIONS);
    const { classes, features, normalize = 'l1', momentum = 0, device = 'cpu' } = options;
    this.classes = integer('classes', classes, 2, MAX_CLASSES);
    this.features = integer('features', features, 1, Math.floor(MAX_CENTROID_NUMBERS / this.classes));
    const norm = choice('normalize', normalize, NORMS);
    this.normalize = NORMS[norm];
    this.momentum = share('momentum', momentum);
    const shape = { classes: this.classes, features: this.features, norm };
    const where = deviceOf(device);
    const store = typeof where === 'number' ? new DeviceCentroids(shape, where) : new HostCentroids(shape);
    this.#store = store as unknown as CentroidStore<ArrayOn<D>>;
  }

  static {
    packedCentroids = (centroids) => packed(centroids, centroids.#numbers());
    updateAnew = (centroids, options) => centroids.#store.update(0, streamOf(options));
    updateAnewLater = (centroids, options) => centroids.#store.updateLater(0, streamOf(options));
  }

  /** Whether a value is a ClassCentroids. */
  static is(value: unknown): value is ClassCentroids<'cpu' | number> {
    return typeof value === 'object' && value !== null && #store in value;
  }

  /** The centroids as of the last update, [classes, features], NaN for a class that has none. A copy. */
  get centroids(): Float32Array {
    return this.#store.centroids();
  }

  /** The number of samples accumulated since the last update, [classes]. A copy. */
  get counts(): Float64Array {
    return this.#store.counts();
  }

  /**
   * Adds a batch.
   *
   * @param features float32, [rows, features]. A row with a number that is not finite makes the centroid of its class NaN, but no
   *   other. If the centroids are on a GPU, features may be there or in host memory.
   * @param labels A class index per row, [rows]. Rows whose label is on a GPU (int32, int64, uint8) and out of range are left
   *   out, and the next update throws.
   * @throws TypeError, RangeError; then nothing is added.
   */
  accumulate(features: Float32Array | DeviceArray, labels: Labelled, options: AccumulateOptions = {}): void {
    this.#store.accumulate(this.#batch(features, labels, options));
  }

  /** Like {@link accumulate}, off the event loop; arrays in host memory are copied during the call. */
  async accumulateAsync(
    features: Float32Array | DeviceArray,
    labels: Labelled,
    options: AccumulateOptions = {},
  ): Promise<void> {
    await this.#store.accumulateLater(this.#batch(features, labels, options));
  }

  /** Turns what has been accumulated into centroids, at the end of an epoch. A class without samples keeps its centroid. */
  update(options: CentroidStream = {}): void {
    this.#store.update(this.momentum, streamOf(options));
  }

  /** Like {@link update}, off the event loop. */
  async updateAsync(options: CentroidStream = {}): Promise<void> {
    await this.#store.updateLater(this.momentum, streamOf(options));
  }

  /**
   * Distances between the classes, [classes, classes], as of the last update: Euclidean distances between their centroids,
   * scaled. A class without a centroid is as far from all others as any two classes can be: 1 with 'rank' and 'max', the largest
   * scaled distance with 'mean' and 'none' (1 if there is none).
   *
   * @returns An array on the same device as the centroids.
   * @throws TypeError, RangeError for invalid options.
   */
  distances(options: DistanceOptions<ArrayOn<D>> = {}): ArrayOn<D> {
    const { scale, out, stream } = this.#target(options);
    this.#store.distances(scale, out, stream);
    return out;
  }

  /** Like {@link distances}, off the event loop; an `out` in host memory is written when it is done. */
  async distancesAsync(options: DistanceOptions<ArrayOn<D>> = {}): Promise<ArrayOn<D>> {
    const { scale, out, stream } = this.#target(options);
    await this.#store.distancesLater(scale, out, stream);
    return out;
  }

  /**
   * Adds what another ClassCentroids, or a state of one, has accumulated since its last update, so that workers can share an
   * epoch. The centroids stay as they are.
   *
   * @throws TypeError, RangeError if its classes, features or norm differ.
   */
  merge(other: ClassCentroids<'cpu' | number> | CentroidState | PackedCentroidState): void {
    const from = ClassCentroids.is(other) ? other : ClassCentroids.fromState(other);
    for (const name of ['classes', 'features', 'normalize'] as const) {
      if (from[name] !== this[name]) throw wrongRange(`other.${name}`, `${this[name]}, as here`, from[name]);
    }
    const sums = from.#store.sums();
    const counts = from.#store.counts();
    this.#store.write({
      sums: this.#store.sums().map((sum, i) => sum + sums[i]),
      counts: this.#store.counts().map((count, i) => count + counts[i]),
    });
  }

  /**
   * What has been accumulated since the last update as one array, whose sum over workers an all-reduce can take: sums [classes,
   * features], then counts [classes]. A copy.
   */
  get partial(): Float64Array {
    const sums = this.#store.sums();
    const all = new Float64Array(sums.length + this.classes);
    all.set(sums);
    all.set(this.#store.counts(), sums.length);
    return all;
  }

  /**
   * Replaces what has been accumulated.
   *
   * @param values As in {@link partial}, classes * features + classes numbers.
   * @throws TypeError, RangeError; then nothing is replaced.
   */
  setPartial(values: Float64Array): void {
    const numbers = this.classes * this.features;
    const expected = `${numbers + this.classes} elements (classes * features sums, classes counts)`;
    if (typedArrayType(values) !== 'Float64Array') throw wrongType('values', `a Float64Array of ${expected}`, values);
    if (attachedLength('values', values) !== numbers + this.classes) throw wrongRange('values', expected, values);
    const counts = values.slice(numbers);
    counts.forEach((count, i) => {
      if (!(Number.isSafeInteger(count) && count >= 0)) {
        throw wrongRange(`values[${numbers + i}]`, 'a number of samples', count);
      }
    });
    this.#store.write({ sums: values.slice(0, numbers), counts });
  }

  /**
   * A copy of everything as plain data.
   *
   * @throws RangeError for more than 2^26 numbers, classes * features.
   */
  toState(): CentroidState {
    return listed(this, this.#numbers());
  }

  /**
   * @param state What `toState()` returned, or the centroids of a `SelfGuidedState`.
   * @param options `device`: where the new one is. Default: 'cpu', wherever the state comes from.
   * @throws TypeError, RangeError for anything that is not a valid state.
   */
  static fromState<D extends 'cpu' | number = 'cpu'>(
    state: CentroidState | PackedCentroidState,
    options: { device?: D } = {},
  ): ClassCentroids<D> {
    knownOptions(options, { device: true });
    const made = new ClassCentroids<D>({ ...readShape(state), device: options.device });
    made.#store.write(readCentroids(state));
    return made;
  }

  get [Symbol.toStringTag](): string {
    return 'ClassCentroids';
  }

  #numbers(): Required<CentroidNumbers> {
    const store = this.#store;
    return { sums: store.sums(), counts: store.counts(), centroids: store.centroids() };
  }

  #batch(features: unknown, labels: unknown, options: AccumulateOptions): FeatureBatch {
    knownOptions(options, ACCUMULATE);
    const rows = DeviceArray.is(features)
      ? features.length / this.features
      : wholeRows('features', features, this.features);
    if (!Number.isInteger(rows)) {
      throw wrongRange('features', `a multiple of ${this.features} elements (as many per row)`, features);
    }
    if (DeviceArray.is(labels) && labels.length !== rows) throw wrongRange('labels', labelsExpected(rows), labels);
    return {
      features: features as Float32Array | DeviceArray,
      labels: DeviceArray.is(labels) ? labels : checkLabels('labels', labels, rows, this.classes),
      ignoreIndex: checkIgnoreIndex(options.ignoreIndex) ?? null,
      stream: optionalStream('stream', options.stream),
    };
  }

  #target(options: DistanceOptions<ArrayOn<D>>): { scale: number; out: ArrayOn<D>; stream: Stream | undefined } {
    knownOptions(options, DISTANCES);
    const { scale = 'rank', out } = options;
    const stream = optionalStream('stream', options.stream);
    return { scale: scaleOf(scale), out: this.#store.target(out, stream), stream };
  }
}

function streamOf(options: CentroidStream): Stream | undefined {
  knownOptions(options, STREAM);
  return optionalStream('stream', options.stream);
}
