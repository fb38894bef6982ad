// Centroids of the classes in the space of a network's features, and the ground distance that they make.
import { choice, float32, integer, MAX_CLASSES, onlyKnown, optionsObject, wholeRows } from './arguments';
import { type Labels, native } from './binding';
import { EmdError, wrongRange, wrongType } from './errors';
import { invalidLabel } from './result';
import { checkLabels } from './targets';

const NORMS = ['l1', 'l2', 'none'] as const;
const SCALES = ['rank', 'max', 'mean', 'none'] as const;

export type FeatureNorm = (typeof NORMS)[number];
export type DistanceScale = (typeof SCALES)[number];

export interface CentroidOptions {
  /** C, 2..16777216. */
  classes: number;
  /** F, the number of features of a row, 1 or more; at most 2^31 - 1 numbers in all, classes * features. */
  features: number;
  /** What each row of features is divided by: its 1-norm, its 2-norm, or nothing. A row of zeros stays that. Default: 'l1'. */
  normalize?: FeatureNorm;
  /** The share of the old centroid that an update keeps, in [0, 1). Default: 0, an update replaces it. */
  momentum?: number;
  /** Where the arrays are. Default: 'cpu', the only place as yet. */
  device?: 'cpu';
}

export interface AccumulateOptions {
  /** Rows with this label do not count. */
  ignoreIndex?: number;
}

export interface DistanceOptions {
  /**
   * 'rank': the mean of both classes' ranks of each other among all classes, as a share of `classes - 1`; 'max' and 'mean': the
   * distance as a share of the largest or the mean one; 'none'. Default: 'rank'.
   */
  scale?: DistanceScale;
  /** The array to fill, [classes, classes]. Default: a new one. */
  out?: Float32Array;
}

/** All that a {@link ClassCentroids} is, as plain data: JSON and structured clones keep it to the last bit. */
export interface CentroidState {
  version: 1;
  classes: number;
  features: number;
  normalize: FeatureNorm;
  momentum: number;
  /** Null: of a class that a feature that is not finite has spoilt. [classes, features] */
  sums: (number | null)[];
  counts: number[];
  /** Null: of a class without centroid. [classes, features] */
  centroids: (number | null)[];
}

const KNOWN = {
  classes: true,
  features: true,
  normalize: true,
  momentum: true,
  device: true,
} as const satisfies Record<keyof CentroidOptions, true>;
const ACCUMULATE = { ignoreIndex: true } as const satisfies Record<keyof AccumulateOptions, true>;
const DISTANCES = { scale: true, out: true } as const satisfies Record<keyof DistanceOptions, true>;
const STATE = {
  version: true,
  classes: true,
  features: true,
  normalize: true,
  momentum: true,
  sums: true,
  counts: true,
  centroids: true,
} as const satisfies Record<keyof CentroidState, true>;

const MAX_NUMBERS = 2 ** 31 - 1;

export const scaleOf = (scale: unknown): number => choice('scale', scale, SCALES);

/**
 * The centroids of the classes in the space of a network's features: means of the normalized features of the samples of each
 * class, from which distances between the classes follow (Hou, Yu, Samaras, arXiv 1611.05916, the self-guided loss).
 *
 * Rows are accumulated batch by batch; {@link ClassCentroids.update}, once an epoch, makes centroids of them. Sums are float64 and
 * the same to the last bit for every number of threads. Asynchronous calls on one object run one after the other, in the order in
 * which they were made; while one runs, all others throw an EmdError 'BUSY'.
 */
export class ClassCentroids {
  readonly classes: number;
  readonly features: number;
  readonly normalize: FeatureNorm;
  readonly momentum: number;
  // Native threads work on these: nobody else may get hold of them.
  readonly #sums: Float64Array;
  readonly #counts: Float64Array;
  readonly #centroids: Float32Array;
  #copy: Float32Array | undefined;
  #running = 0;
  #last: Promise<unknown> = Promise.resolve();

  /** @throws TypeError, RangeError for options that are none. */
  constructor(options: CentroidOptions) {
    onlyKnown(optionsObject(options), KNOWN);
    const { classes, features, normalize = 'l1', momentum = 0, device = 'cpu' } = options;
    this.classes = integer('classes', classes, 2, MAX_CLASSES);
    this.features = integer('features', features, 1, Math.floor(MAX_NUMBERS / this.classes));
    this.normalize = NORMS[choice('normalize', normalize, NORMS)];
    if (typeof momentum !== 'number') throw wrongType('momentum', 'a number in [0, 1)', momentum);
    if (!(momentum >= 0 && momentum < 1)) throw wrongRange('momentum', 'a number in [0, 1)', momentum);
    this.momentum = momentum;
    choice('device', device, ['cpu']);
    const count = this.classes * this.features;
    this.#sums = new Float64Array(count);
    this.#counts = new Float64Array(this.classes);
    this.#centroids = new Float32Array(count).fill(Number.NaN);
  }

  /** Whether a value is a ClassCentroids. */
  static is(value: unknown): value is ClassCentroids {
    return typeof value === 'object' && value !== null && #sums in value;
  }

  /** As of the last update, [classes, features]: a copy. NaN for a class that has none. */
  get centroids(): Float32Array {
    this.#idle();
    this.#copy ??= this.#centroids.slice();
    return this.#copy;
  }

  /** Samples accumulated since the last update, [classes]: a copy. */
  get counts(): Float64Array {
    this.#idle();
    return this.#counts.slice();
  }

  /**
   * Adds a batch.
   *
   * @param features [rows, features]. A row with a number that is not finite makes the centroid of its class NaN, and no other's.
   * @param labels A class index per row, [rows].
   * @throws TypeError, RangeError; nothing is added then.
   */
  accumulate(features: Float32Array, labels: Labels | readonly number[], options: AccumulateOptions = {}): void {
    this.#idle();
    const batch = this.#batch(features, labels, options);
    this.#checkLabels(batch, this.#accumulate(batch, false));
  }

  /** As {@link accumulate}, off the event loop; features and labels are copied when it is called. */
  async accumulateAsync(
    features: Float32Array,
    labels: Labels | readonly number[],
    options: AccumulateOptions = {},
  ): Promise<void> {
    const batch = this.#batch(features, labels, options);
    // Native code copies what it is given; only what has to wait is copied here.
    if (this.#running > 0) {
      batch.features = batch.features.slice();
      batch.labels = batch.labels.slice();
    }
    await this.#enqueue(() => {
      const running = this.#accumulate(batch, true);
      return typeof running === 'number' ? this.#checkLabels(batch, running) : running;
    });
  }

  /** Makes centroids of what has been accumulated, the end of an epoch. A class without samples keeps its centroid. */
  update(): void {
    this.#idle();
    this.#update(false);
  }

  /** As {@link update}, off the event loop. */
  async updateAsync(): Promise<void> {
    await this.#enqueue(() => this.#update(true));
  }

  /**
   * Distances between the classes, [classes, classes], from the last update: Euclidean ones between their centroids, scaled. A
   * class without centroid is farther from all others than any two with centroids: 1 with 'rank' and 'max', the largest scaled
   * distance with 'mean' and 'none' (1 where there is none).
   *
   * @throws TypeError, RangeError for options that are none.
   */
  distances(options: DistanceOptions = {}): Float32Array {
    this.#idle();
    const { scale, out } = this.#target(options);
    native.classDistances(this.#centroids, this.classes, scale, out, false);
    return out;
  }

  /** As {@link distances}, off the event loop; `out` is written when it is done. */
  async distancesAsync(options: DistanceOptions = {}): Promise<Float32Array> {
    const { scale, out } = this.#target(options);
    await this.#enqueue(() => native.classDistances(this.#centroids, this.classes, scale, out, true));
    return out;
  }

  /**
   * Adds what another one, or its state, has accumulated since its last update, so that workers can share an epoch. The centroids
   * stay this one's.
   *
   * @throws TypeError, RangeError if it is none of the same classes, features and norm.
   */
  merge(other: ClassCentroids | CentroidState): void {
    this.#idle();
    const from = ClassCentroids.is(other) ? other : ClassCentroids.fromState(other);
    from.#idle();
    for (const name of ['classes', 'features', 'normalize'] as const) {
      if (from[name] !== this[name]) throw wrongRange(`other.${name}`, `${this[name]}, as here`, from[name]);
    }
    for (let i = 0; i < this.#sums.length; i++) this.#sums[i] += from.#sums[i];
    for (let i = 0; i < this.#counts.length; i++) this.#counts[i] += from.#counts[i];
  }

  /** A copy of everything as plain data. */
  toState(): CentroidState {
    this.#idle();
    const { classes, features, normalize, momentum } = this;
    return {
      version: 1,
      classes,
      features,
      normalize,
      momentum,
      sums: Array.from(this.#sums, nullForNaN),
      counts: Array.from(this.#counts),
      centroids: Array.from(this.#centroids, nullForNaN),
    };
  }

  /** @throws TypeError, RangeError for what is no state. */
  static fromState(state: CentroidState): ClassCentroids {
    if (typeof state !== 'object' || state === null) throw wrongType('state', 'what toState() returned', state);
    const known: Partial<CentroidState> = state;
    onlyKnown(known, STATE);
    if (known.version !== 1) throw wrongRange('state.version', '1', known.version);
    const { classes, features, normalize, momentum } = known as CentroidState;
    const made = new ClassCentroids({ classes, features, normalize, momentum });
    readNumbers('state.sums', known.sums, made.#sums);
    readNumbers('state.counts', known.counts, made.#counts);
    readNumbers('state.centroids', known.centroids, made.#centroids);
    made.#counts.forEach((count, i) => {
      if (!(Number.isSafeInteger(count) && count >= 0)) {
        throw wrongRange(`state.counts[${i}]`, 'a number of samples', count);
      }
    });
    return made;
  }

  get [Symbol.toStringTag](): string {
    return 'ClassCentroids';
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

  #batch(features: unknown, labels: unknown, options: AccumulateOptions) {
    onlyKnown(optionsObject(options), ACCUMULATE);
    const { ignoreIndex } = options;
    const rows = wholeRows('features', features, this.features);
    return {
      features: features as Float32Array,
      labels: checkLabels('labels', labels, rows, this.classes),
      ignoreIndex:
        ignoreIndex === undefined
          ? null
          : integer('ignoreIndex', ignoreIndex, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
    };
  }

  #accumulate(batch: Batch, later: boolean): number | Promise<void> {
    const norm = NORMS.indexOf(this.normalize);
    return native.accumulate(batch.features, batch.labels, this.#sums, this.#counts, norm, batch.ignoreIndex, later);
  }

  #checkLabels({ labels }: Batch, offender: number | Promise<void>): void {
    if (typeof offender !== 'number' || offender < 0) return;
    throw invalidLabel(offender, this.classes, Number(labels[offender]), 'labels');
  }

  #update(later: boolean): Promise<void> | undefined {
    this.#copy = undefined;
    return native.updateCentroids(this.#sums, this.#counts, this.#centroids, this.momentum, later);
  }

  #target(options: DistanceOptions): { scale: number; out: Float32Array } {
    onlyKnown(optionsObject(options), DISTANCES);
    const { scale = 'rank', out } = options;
    const place = scaleOf(scale);
    const count = this.classes * this.classes;
    if (out !== undefined) return { scale: place, out: float32('out', out, count, 'classes * classes') };
    return { scale: place, out: new Float32Array(count) };
  }
}

interface Batch {
  features: Float32Array;
  labels: Labels;
  ignoreIndex: number | null;
}

const nullForNaN = (value: number): number | null => (Number.isNaN(value) ? null : value);

/** Fills the array with numbers of a state. */
export function readNumbers(name: string, values: unknown, into: Float64Array | Float32Array): void {
  if (!Array.isArray(values)) throw wrongType(name, 'an array of numbers', values);
  if (values.length !== into.length) throw wrongRange(name, `${into.length} elements`, values);
  values.forEach((value: unknown, i) => {
    if (value !== null && typeof value !== 'number') throw wrongType(`${name}[${i}]`, 'a number or null', value);
    into[i] = value ?? Number.NaN;
  });
}
