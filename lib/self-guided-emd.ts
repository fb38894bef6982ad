// The self-guided loss: cross entropy first, then also the squared EMD over distances that the network's own features give.
import { choice, float32, integer, MAX_CLASSES, onlyKnown, optionsObject, weight, wholeRows } from './arguments';
import type { Labels } from './binding';
import {
  type ArrayOn,
  type CentroidOptions,
  type CentroidState,
  type CentroidStream,
  ClassCentroids,
  type DistanceScale,
  type Labelled,
  readNumbers,
  scaleOf,
} from './class-centroids';
import { DeviceArray } from './device-array';
import { EmdLoss } from './emd-loss';
import { EmdError, wrongRange, wrongType } from './errors';
import { type GroundDistance, matrix } from './ground-distance';
import type { EmdOptions, EvaluateOptions } from './options';
import { type EmdResult, invalidLabel } from './result';
import type { Stream } from './stream';
import { checkLabels, labelsExpected } from './targets';

export interface SelfGuidedOptions<D extends 'cpu' | number = 'cpu' | number>
  extends CentroidOptions<D>,
    Pick<EmdOptions, 'classWeights' | 'ignoreIndex' | 'reduction' | 'threads'> {
  /** A published setting of exponent and offset: 'xemd1' (1, -0.5) or 'xemd2' (2, -0.25). */
  preset?: 'xemd1' | 'xemd2';
  /** The cost of class `i` is `D_ik ^ exponent + offset`. Default: 1. */
  exponent?: number;
  /** Default: 0. See docs/learned-distance.md before you make it negative. */
  offset?: number;
  /** Lambda, instead of the rule that finds it: finite, not negative. */
  emdWeight?: number;
  /** The first epoch with the EMD in the loss, at least 2 (1 with `emdWeight`). Default: 4. */
  startEpoch?: number;
  /** By how much the rule makes the EMD smaller than the cross entropy at first. Greater than 0; default 3.5. */
  ratio?: number;
  /** Of the distances. Default: 'rank'. */
  scale?: DistanceScale;
  classWeights?: Float32Array;
}

/** What may change from batch to batch. */
export interface SelfGuidedBatch<A extends Float32Array | DeviceArray = Float32Array | DeviceArray> {
  /** The array to fill, whether to fill one, or the logits themselves. Default: true. */
  gradient?: boolean | A;
  /** Whether to return the loss of each row, or the array to fill. Default: true with reduction 'none', else false. */
  losses?: boolean | A;
  /** The weight of each row, [rows]. A row with weight 0 is not looked at, and its features do not count. Default: 1. */
  sampleWeights?: Float32Array | DeviceArray;
  /** See EvaluateOptions. */
  upstream?: number | Float32Array | DeviceArray;
  /** On a GPU: where the work is enqueued. Default: the package's own stream of that GPU. */
  stream?: Stream;
}

/** All that a {@link SelfGuidedEmd} is, as plain data: JSON and structured clones keep it to the last bit. */
export interface SelfGuidedState {
  version: 1;
  options: Omit<SelfGuidedOptions, 'classWeights' | 'device'> & { classWeights?: number[] };
  epoch: number;
  /** Lambda, once the rule has found it. */
  emdWeight: number | null;
  /** Sums over the rows of the epoch before the EMD begins: weights, weighted cross entropy, weighted absolute EMD. */
  recorded: [rows: number, crossEntropy: number, emd: number];
  centroids: CentroidState;
  history: number[][];
}

const BATCH = {
  gradient: true,
  losses: true,
  sampleWeights: true,
  upstream: true,
  stream: true,
} as const satisfies Record<keyof SelfGuidedBatch, true>;
const KNOWN = {
  classes: true,
  features: true,
  normalize: true,
  momentum: true,
  device: true,
  classWeights: true,
  ignoreIndex: true,
  reduction: true,
  threads: true,
  preset: true,
  exponent: true,
  offset: true,
  emdWeight: true,
  startEpoch: true,
  ratio: true,
  scale: true,
} as const satisfies Record<keyof SelfGuidedOptions, true>;
const STATE = {
  version: true,
  options: true,
  epoch: true,
  emdWeight: true,
  recorded: true,
  centroids: true,
  history: true,
} as const satisfies Record<keyof SelfGuidedState, true>;

const MAX_EPOCHS = 1e9;

/**
 * A loss whose ground distance is learned during training: cross entropy alone for the first epochs, then
 * `crossEntropy + lambda * emd`, with distances between the classes that are refreshed at the end of every epoch from the
 * network's own features (Hou, Yu, Samaras, arXiv 1611.05916, the self-guided loss).
 *
 * Call {@link SelfGuidedEmd.evaluate} for each batch and {@link SelfGuidedEmd.endEpoch} after each epoch. In the last epoch before
 * `startEpoch` cross entropy and EMD are recorded; lambda is the ratio of their means, divided by `ratio`.
 *
 * With `device` a number logits, features and gradients are arrays on that GPU, labels and weights of either side; the distances come
 * to the host once an epoch.
 */
export class SelfGuidedEmd<D extends 'cpu' | number = 'cpu'> {
  readonly classes: number;
  readonly #options: SelfGuidedOptions<D>;
  readonly #startEpoch: number;
  readonly #ratio: number;
  readonly #scale: DistanceScale;
  readonly #fixedWeight: number | undefined;
  #centroids: ClassCentroids<D>;
  #loss: EmdLoss;
  #epoch = 0;
  #emdWeight: number | undefined;
  #recorded = { rows: 0, crossEntropy: 0, emd: 0 };
  #history: Float32Array[] = [];
  #running = 0;
  #last: Promise<unknown> = Promise.resolve();

  /** @throws TypeError, RangeError for options that are none. */
  constructor(options: SelfGuidedOptions<D>) {
    onlyKnown(optionsObject(options), KNOWN);
    const { classes, features, normalize, momentum, device, preset, emdWeight, startEpoch = 4, ratio = 3.5 } = options;
    this.#options = { ...options };
    this.#centroids = new ClassCentroids({ classes, features, normalize, momentum, device });
    this.classes = classes;
    if (preset !== undefined && (options.exponent !== undefined || options.offset !== undefined)) {
      throw wrongType('preset', 'undefined, as exponent or offset is given', preset);
    }
    this.#scale = options.scale === undefined ? 'rank' : options.scale;
    scaleOf(this.#scale);
    this.#fixedWeight = emdWeight === undefined ? undefined : weight('emdWeight', emdWeight);
    this.#startEpoch = integer('startEpoch', startEpoch, emdWeight === undefined ? 2 : 1, MAX_EPOCHS);
    if (typeof ratio !== 'number') throw wrongType('ratio', 'a number', ratio);
    if (!(ratio > 0 && ratio < Infinity)) throw wrongRange('ratio', 'a finite number greater than 0', ratio);
    this.#ratio = ratio;
    this.#groundDistance(new Float32Array(4), 2); // throws for exponents and offsets that are none
    this.#loss = this.#makeLoss();
  }

  /** Epochs that have ended. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Lambda: what the EMD is multiplied by in this epoch, 0 before `startEpoch`. */
  get emdWeight(): number {
    if (this.#epoch < this.#startEpoch) return 0;
    return this.#fixedWeight ?? this.#emdWeight ?? 0;
  }

  /** The distances in use, [classes, classes]: a copy; null in the first epoch. */
  get distances(): Float32Array | null {
    return this.#history.at(-1)?.slice() ?? null;
  }

  /** The distances at the end of each epoch. */
  get history(): Float32Array[] {
    return this.#history.map((distances) => distances.slice());
  }

  /**
   * The loss of a batch and its gradient with respect to the logits; its features are accumulated.
   *
   * @param logits [rows, classes]
   * @param features [rows, features], of the layer whose space the classes are compared in.
   * @param labels A class index per row, [rows].
   * @returns As of `emdLoss`; `emd` is NaN in the first epoch, when there are no distances.
   * @throws TypeError, RangeError; nothing is written or accumulated then.
   */
  evaluate(
    logits: ArrayOn<D>,
    features: ArrayOn<D>,
    labels: Labelled,
    options: SelfGuidedBatch<ArrayOn<D>> = {},
  ): EmdResult<ArrayOn<D>> {
    this.#idle();
    const batch = this.#batch(logits, features, labels, options);
    const recorded = batch.records ? batch.measures.map((one) => takeFloats(one().losses)) : [];
    const result = this.#loss.evaluate(logits as Float32Array, batch.labels, options as EvaluateOptions);
    this.#centroids.accumulate(features, batch.counted, { ignoreIndex: IGNORED, stream: options.stream });
    this.#record(batch, recorded);
    return this.#finish(result as EmdResult<ArrayOn<D>>);
  }

  /** As {@link evaluate}, off the event loop; inputs are copied when it is called. Calls count in the order in which they are made. */
  async evaluateAsync(
    logits: ArrayOn<D>,
    features: ArrayOn<D>,
    labels: Labelled,
    options: SelfGuidedBatch<ArrayOn<D>> = {},
  ): Promise<EmdResult<ArrayOn<D>>> {
    const batch = this.#batch(logits, features, labels, options);
    const { stream } = options;
    const copy = DeviceArray.is(features)
      ? features.slice(0, features.length, { stream })
      : (features as Float32Array).slice();
    const recording = batch.records ? Promise.all(batch.measuresAsync.map((one) => one())) : Promise.resolve([]);
    const running = this.#loss.evaluateAsync(logits as Float32Array, batch.labels, options as EvaluateOptions);
    const finished = this.#last.then(async () => {
      const result = await running;
      const recorded = (await recording).map(({ losses }) => takeFloats(losses));
      await this.#centroids.accumulateAsync(copy, batch.counted, { ignoreIndex: IGNORED, stream });
      this.#record(batch, recorded);
      return this.#finish(result as EmdResult<ArrayOn<D>>);
    });
    recording.catch(() => {});
    running.catch(() => {});
    this.#last = finished.catch(() => {});
    this.#running++;
    try {
      return await finished;
    } finally {
      this.#running--;
    }
  }

  /** Refreshes the distances, and finds lambda when it is time. */
  endEpoch(options: CentroidStream = {}): void {
    this.#idle();
    this.#centroids.update(options);
    const distances = takeFloats(this.#centroids.distances({ scale: this.#scale, ...options }));
    if (this.#epoch === this.#startEpoch - 1 && this.#fixedWeight === undefined) this.#emdWeight = this.#ruleOfLambda();
    this.#recorded = { rows: 0, crossEntropy: 0, emd: 0 };
    this.#history.push(distances);
    this.#epoch++;
    this.#loss = this.#makeLoss();
  }

  /** A copy of everything as plain data: training that goes on from it has the same numbers. */
  toState(): SelfGuidedState {
    this.#idle();
    const { classWeights, device: _, ...options } = this.#options;
    const { rows, crossEntropy, emd } = this.#recorded;
    return {
      version: 1,
      options: { ...options, ...(classWeights && { classWeights: Array.from(classWeights) }) },
      epoch: this.#epoch,
      emdWeight: this.#emdWeight ?? null,
      recorded: [rows, crossEntropy, emd],
      centroids: this.#centroids.toState(),
      history: this.#history.map((distances) => Array.from(distances)),
    };
  }

  /**
   * @param place `device`: where the new one is; default 'cpu', whatever the state comes from.
   * @throws TypeError, RangeError for what is no state.
   */
  static fromState<D extends 'cpu' | number = 'cpu'>(
    state: SelfGuidedState,
    place: { device?: D } = {},
  ): SelfGuidedEmd<D> {
    onlyKnown(optionsObject(place), { device: true });
    if (typeof state !== 'object' || state === null) throw wrongType('state', 'what toState() returned', state);
    onlyKnown(state, STATE);
    if (state.version !== 1) throw wrongRange('state.version', '1', state.version);
    const { classWeights, ...options } = optionsObject(state.options) as SelfGuidedState['options'];
    const made = new SelfGuidedEmd<D>({
      ...options,
      device: place.device,
      ...(classWeights !== undefined && { classWeights: Float32Array.from(classWeights) }),
    });
    made.#epoch = integer('state.epoch', state.epoch, 0, MAX_EPOCHS);
    made.#centroids = ClassCentroids.fromState(state.centroids, place);
    if (made.#centroids.classes !== made.classes) {
      throw wrongRange('state.centroids.classes', String(made.classes), made.#centroids.classes);
    }
    if (state.emdWeight !== null) made.#emdWeight = weight('state.emdWeight', state.emdWeight);
    const recorded = new Float64Array(3);
    readNumbers('state.recorded', state.recorded, recorded);
    made.#recorded = { rows: recorded[0], crossEntropy: recorded[1], emd: recorded[2] };
    if (!Array.isArray(state.history)) throw wrongType('state.history', 'an array', state.history);
    if (state.history.length !== made.#epoch) {
      throw wrongRange('state.history', `${made.#epoch} elements (one per epoch)`, state.history);
    }
    made.#history = state.history.map((values, i) => {
      const distances = new Float32Array(made.classes ** 2);
      readNumbers(`state.history[${i}]`, values, distances);
      return distances;
    });
    made.#loss = made.#makeLoss();
    return made;
  }

  get [Symbol.toStringTag](): string {
    return 'SelfGuidedEmd';
  }

  #idle(): void {
    if (this.#running === 0) return;
    throw new EmdError('BUSY', 'SelfGuidedEmd: an asynchronous call still runs; await it first');
  }

  #groundDistance(distances: Float32Array, classes: number): GroundDistance {
    const { preset, exponent, offset } = this.#options;
    if (preset !== undefined) choice('preset', preset, ['xemd1', 'xemd2']);
    const ground = matrix(distances, preset ?? { exponent, offset });
    if (ground.classes !== classes) throw new EmdError('INTERNAL', `SelfGuidedEmd: ${ground}`);
    return ground;
  }

  #lossOptions(): EmdOptions {
    const { classes, ignoreIndex, threads, classWeights } = this.#options;
    const distances = this.#history.at(-1);
    return {
      classes,
      ...(ignoreIndex !== undefined && { ignoreIndex }),
      ...(threads !== undefined && { threads }),
      ...(classWeights !== undefined && { classWeights }),
      ...(distances && { groundDistance: this.#groundDistance(distances, classes) }),
    };
  }

  #makeLoss(): EmdLoss {
    const { reduction } = this.#options;
    return new EmdLoss({
      ...this.#lossOptions(),
      ...(reduction !== undefined && { reduction }),
      crossEntropyWeight: 1,
      emdWeight: this.emdWeight,
    });
  }

  #batch(logits: unknown, features: unknown, labels: unknown, options: SelfGuidedBatch<ArrayOn<D>>) {
    onlyKnown(optionsObject(options), BATCH);
    const onGpu = typeof this.#options.device === 'number';
    const count = this.#centroids.features;
    const rows = onGpu ? deviceRows('logits', logits, this.classes) : wholeRows('logits', logits, this.classes);
    if (!onGpu) float32('features', features, rows * count, `${count} features per row`);
    else if (deviceRows('features', features, count) !== rows) {
      throw wrongRange('features', `${rows * count} elements (${count} features per row)`, features);
    }
    const { stream, sampleWeights: given } = options;
    if (DeviceArray.is(labels) && labels.length !== rows) throw wrongRange('labels', labelsExpected(rows), labels);
    const indices = checkLabels(
      'labels',
      DeviceArray.is(labels) ? labels.toHost({ stream }) : labels,
      rows,
      this.classes,
    );
    const weightsOfRows = DeviceArray.is(given) ? given.toHost({ stream }) : given;
    const sampleWeights = weightsOfRows && float32('sampleWeights', weightsOfRows, rows, 'one per row').slice();
    const records = this.#fixedWeight === undefined && this.#epoch === this.#startEpoch - 1 && this.#history.length > 0;
    const weights = { sampleWeights, gradient: false, stream };
    const measure = (crossEntropyWeight: number) =>
      new EmdLoss({
        ...this.#lossOptions(),
        reduction: 'none',
        crossEntropyWeight,
        emdWeight: 1 - crossEntropyWeight,
      });
    return {
      labels: indices,
      sampleWeights,
      counted: this.#counted(indices, sampleWeights),
      records,
      measures: [1, 0].map((share) => () => measure(share).evaluate(logits as Float32Array, indices, weights)),
      measuresAsync: [1, 0].map(
        (share) => () => measure(share).evaluateAsync(logits as Float32Array, indices, weights),
      ),
    };
  }

  /** The labels, IGNORED where a row does not count. */
  #counted(labels: Labels, sampleWeights: Float32Array | undefined): Int32Array | BigInt64Array {
    const { ignoreIndex } = this.#options;
    const counted = new Int32Array(labels.length);
    for (let row = 0; row < labels.length; row++) {
      const label = Number(labels[row]);
      const counts = label !== ignoreIndex && sampleWeights?.[row] !== 0;
      if (counts && !(label >= 0 && label < this.classes)) throw invalidLabel(row, this.classes, label, 'labels');
      counted[row] = counts ? label : IGNORED;
    }
    return counted;
  }

  #record(batch: { counted: ArrayLike<number | bigint>; sampleWeights?: Float32Array }, losses: Float32Array[]): void {
    if (losses.length === 0) return;
    const [crossEntropies, emds] = losses;
    const { classWeights } = this.#options;
    for (let row = 0; row < batch.counted.length; row++) {
      const label = Number(batch.counted[row]);
      if (label === IGNORED || !Number.isFinite(crossEntropies[row]) || !Number.isFinite(emds[row])) continue;
      this.#recorded.rows += (batch.sampleWeights?.[row] ?? 1) * (classWeights?.[label] ?? 1);
      this.#recorded.crossEntropy += crossEntropies[row];
      this.#recorded.emd += Math.abs(emds[row]);
    }
  }

  #ruleOfLambda(): number {
    const { crossEntropy, emd } = this.#recorded;
    return emd === 0 ? 0 : crossEntropy / emd / this.#ratio;
  }

  #finish(result: EmdResult<ArrayOn<D>>): EmdResult<ArrayOn<D>> {
    return this.#history.length === 0 ? { ...result, emd: Number.NaN } : result;
  }
}

/** The rows of a device array that has `width` numbers in each. */
function deviceRows(name: string, value: unknown, width: number): number {
  if (!DeviceArray.is(value)) throw wrongType(name, 'a DeviceArray, as device is a number', value);
  const rows = value.length / width;
  if (Number.isInteger(rows)) return rows;
  throw wrongRange(name, `a multiple of ${width} elements (as many per row)`, value);
}

/** The numbers of an array that nobody else needs. */
function takeFloats(array: Float32Array | DeviceArray | null): Float32Array {
  if (!DeviceArray.is(array)) return array as Float32Array;
  const floats = array.toHost() as Float32Array;
  array.dispose();
  return floats;
}

/** No class: MAX_CLASSES is the most that there can be. */
const IGNORED = MAX_CLASSES + 1;
