// The self-guided loss: cross entropy first, then also the squared EMD over distances that the network's own features give.
import { float32, integer, MAX_CLASSES, onlyKnown, optionsObject, sharesMemory, weight, wholeRows } from './arguments';
import type { Labels } from './binding';
import {
  type ArrayOn,
  type CentroidState,
  type CentroidStream,
  ClassCentroids,
  type Labelled,
  readNumbers,
} from './class-centroids';
import { DeviceArray } from './device-array';
import { EmdLoss } from './emd-loss';
import { EmdError, invalidLabel, wrongRange, wrongType } from './errors';
import { matrix, matrixOnGpu } from './ground-distance';
import { LambdaRule } from './lambda-rule';
import type { EvaluateOptions } from './options';
import { rename } from './renamed';
import type { EmdResult } from './result';
import {
  BATCH,
  MAX_EPOCHS,
  type SelfGuidedBatch,
  type SelfGuidedOptions,
  SelfGuidedSettings,
} from './self-guided-options';
import type { Stream } from './stream';
import { checkLabels, labelsExpected } from './targets';

/** All that a {@link SelfGuidedEmd} is, as plain data: JSON and structured clones keep it to the last bit. */
export interface SelfGuidedState {
  version: 1;
  options: Omit<SelfGuidedOptions, 'classWeights' | 'device'> & { classWeights?: number[] };
  epoch: number;
  /** Lambda, once the rule has found it. */
  emdWeight: number | null;
  /** What the rule has added up in the epoch before the EMD begins, [0, 0] in others. */
  recorded: [crossEntropy: number, emd: number];
  centroids: CentroidState;
  history: number[][];
}

const STATE = {
  version: true,
  options: true,
  epoch: true,
  emdWeight: true,
  recorded: true,
  centroids: true,
  history: true,
} as const satisfies Record<keyof SelfGuidedState, true>;

/**
 * A loss whose ground distance is learned during training: cross entropy alone for the first epochs, then
 * `crossEntropy + lambda * emd`, with distances between the classes that are refreshed at the end of every epoch from the
 * network's own features (Hou, Yu, Samaras, arXiv 1611.05916, the self-guided loss).
 *
 * Call {@link SelfGuidedEmd.evaluate} for each batch and {@link SelfGuidedEmd.endEpoch} after each epoch. In the last epoch before
 * `startEpoch` cross entropy and EMD are recorded; lambda is the ratio of their means, divided by `ratio`.
 *
 * With `device` a number logits, features and gradients are arrays on that GPU, labels and weights of either side; centroids and
 * distances stay there, and what `history` is to show comes to the host an epoch later.
 */
export class SelfGuidedEmd<D extends 'cpu' | number = 'cpu'> {
  readonly classes: number;
  readonly #settings: SelfGuidedSettings<D>;
  #centroids: ClassCentroids<D>;
  #loss: EmdLoss;
  /** In the epoch in which it records. */
  #rule: LambdaRule | undefined;
  #epoch = 0;
  /** What the rule has found. */
  #lambda: number | undefined;
  /** Those of the last epoch stay on the GPU until somebody asks, or the next ones come. */
  #history: (Float32Array | DeviceArray)[] = [];
  #running = 0;
  #last: Promise<unknown> = Promise.resolve();

  /** @throws TypeError, RangeError for options that are none; EmdError for a GPU that is not there. */
  constructor(options: SelfGuidedOptions<D>) {
    this.#settings = new SelfGuidedSettings(options);
    this.#centroids = new ClassCentroids(this.#settings.centroids);
    this.classes = this.#centroids.classes;
    this.#loss = this.#beginEpoch();
  }

  /** Epochs that have ended. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Lambda: what the EMD is multiplied by in this epoch, 0 before `startEpoch`. */
  get emdWeight(): number {
    if (this.#epoch < this.#settings.startEpoch) return 0;
    return this.#settings.emdWeight ?? this.#lambda ?? 0;
  }

  /** The distances in use, [classes, classes]: a copy; null in the first epoch. */
  get distances(): Float32Array | null {
    return this.#distancesOf(this.#history.length - 1)?.slice() ?? null;
  }

  /** The distances at the end of each epoch. */
  get history(): Float32Array[] {
    return this.#history.map((_, epoch) => (this.#distancesOf(epoch) as Float32Array).slice());
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
    const terms = this.#rule?.terms.map((term) => term.evaluate(batch.logits, batch.labels, batch.measuring));
    const result = this.#loss.evaluate(batch.logits, batch.labels, options as EvaluateOptions);
    this.#centroids.accumulate(features, batch.counted, { ignoreIndex: IGNORED, stream: options.stream });
    if (terms) this.#rule?.add(terms.map(({ losses }) => takeFloats(losses)));
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
    const evaluate = (loss: EmdLoss, settings: EvaluateOptions) =>
      loss.evaluateAsync(batch.logits, batch.labels, settings);
    const running = Promise.all([
      evaluate(this.#loss, options as EvaluateOptions),
      ...(this.#rule?.terms ?? []).map((term) => evaluate(term, batch.measuring)),
    ]);
    const finished = this.#last.then(async () => {
      const [result, ...terms] = await running;
      await this.#centroids.accumulateAsync(copy, batch.counted, { ignoreIndex: IGNORED, stream });
      if (DeviceArray.is(copy)) copy.dispose();
      if (terms.length > 0) this.#rule?.add(terms.map(({ losses }) => takeFloats(losses)));
      return this.#finish(result as EmdResult<ArrayOn<D>>);
    });
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
    const { scale, ratio } = this.#settings;
    this.#distancesOf(this.#history.length - 1);
    const before = { lambda: this.#lambda, rule: this.#rule, epoch: this.#epoch };
    this.#history.push(this.#centroids.distances({ scale, ...options }));
    if (this.#rule) this.#lambda = this.#rule.lambda(ratio);
    this.#epoch++;
    try {
      this.#loss = this.#beginEpoch(undefined, options.stream);
    } catch (error) {
      // Distances that are no float32 numbers, of features that are not normalized: the epoch has not ended.
      this.#history.pop();
      [this.#lambda, this.#rule, this.#epoch] = [before.lambda, before.rule, before.epoch];
      throw rename(error, { distances: 'features: distances between their centroids' });
    }
  }

  /** A copy of everything as plain data: training that goes on from it has the same numbers. */
  toState(): SelfGuidedState {
    this.#idle();
    const { classWeights, device: _, ...options } = this.#settings.given;
    return {
      version: 1,
      options: { ...options, ...(classWeights && { classWeights: Array.from(classWeights) }) },
      epoch: this.#epoch,
      emdWeight: this.#lambda ?? null,
      recorded: this.#rule?.sums ?? [0, 0],
      centroids: this.#centroids.toState(),
      history: this.history.map((distances) => Array.from(distances)),
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
    for (const name of ['classes', 'features'] as const) {
      if (made.#centroids[name] === options[name]) continue;
      throw wrongRange(`state.centroids.${name}`, `${options[name]}, as in state.options`, made.#centroids[name]);
    }
    if (state.emdWeight !== null) made.#lambda = weight('state.emdWeight', state.emdWeight);
    const recorded = new Float64Array(2);
    readNumbers('state.recorded', state.recorded, recorded);
    if (!Array.isArray(state.history)) throw wrongType('state.history', 'an array', state.history);
    if (state.history.length !== made.#epoch) {
      throw wrongRange('state.history', `${made.#epoch} elements (one per epoch)`, state.history);
    }
    made.#history = state.history.map((values, i) => {
      const distances = new Float32Array(made.classes ** 2);
      readNumbers(`state.history[${i}]`, values, distances);
      return distances;
    });
    if (made.#epoch >= made.#settings.startEpoch && made.#lambda === undefined && options.emdWeight === undefined) {
      throw wrongRange('state.emdWeight', 'a number, as the epoch is startEpoch or later', state.emdWeight);
    }
    made.#toGpu();
    made.#loss = made.#beginEpoch([recorded[0], recorded[1]]);
    return made;
  }

  get [Symbol.toStringTag](): string {
    return 'SelfGuidedEmd';
  }

  /** The distances of an epoch, which leave the GPU if they are there. */
  #distancesOf(epoch: number): Float32Array | undefined {
    const distances = this.#history[epoch];
    if (!DeviceArray.is(distances)) return distances;
    const floats = takeFloats(distances);
    this.#history[epoch] = floats;
    return floats;
  }

  /** The last distances, where they would be had this one computed them: the costs are the same to the last bit then. */
  #toGpu(): void {
    const { device } = this.#settings.given;
    const distances = this.#distancesOf(this.#history.length - 1);
    if (typeof device !== 'number' || !distances) return;
    this.#history[this.#history.length - 1] = DeviceArray.from(distances, { device });
  }

  #idle(): void {
    if (this.#running === 0) return;
    throw new EmdError('BUSY', 'SelfGuidedEmd: an asynchronous call still runs; await it first');
  }

  /** The loss of the epoch, over the last distances; also the rule, which goes on from sums, where it is to record. */
  #beginEpoch(sums?: [number, number], stream?: Stream): EmdLoss {
    const { loss, costs, startEpoch, emdWeight, given } = this.#settings;
    const distances = this.#history.at(-1);
    const ground = (values: Float32Array | DeviceArray) =>
      DeviceArray.is(values) ? matrixOnGpu(values, this.classes, costs, stream) : matrix(values, costs);
    const options = distances ? { ...loss, groundDistance: ground(distances) } : loss;
    const records = distances && emdWeight === undefined && this.#epoch === startEpoch - 1;
    this.#rule = records ? new LambdaRule(options, sums) : undefined;
    return new EmdLoss({ ...options, reduction: given.reduction, crossEntropyWeight: 1, emdWeight: this.emdWeight });
  }

  #batch(logits: unknown, features: unknown, labels: unknown, options: SelfGuidedBatch<ArrayOn<D>>) {
    onlyKnown(optionsObject(options), BATCH);
    const onGpu = typeof this.#settings.given.device === 'number';
    const count = this.#centroids.features;
    const rows = onGpu ? deviceRows('logits', logits, this.classes) : wholeRows('logits', logits, this.classes);
    if (!onGpu) float32('features', features, rows * count, `${count} features per row`);
    else {
      if (deviceRows('features', features, count) !== rows) {
        throw wrongRange('features', `${rows * count} elements (${count} features per row)`, features);
      }
      const { device } = this.#settings.given;
      for (const [name, array] of Object.entries({ logits, features }) as [string, DeviceArray][]) {
        if (array.device !== device) throw wrongRange(name, `memory of GPU ${device}`, array);
      }
      const { dtype } = features as DeviceArray;
      if (dtype !== 'float32') throw wrongType('features', 'a DeviceArray of float32', features);
    }
    const { stream, sampleWeights: given } = options;
    for (const name of ['gradient', 'losses'] as const) {
      if (overlap(options[name], features)) {
        throw new RangeError(`${name}: expected memory of its own, but it overlaps features`);
      }
    }
    if (DeviceArray.is(labels) && labels.length !== rows) throw wrongRange('labels', labelsExpected(rows), labels);
    const indices = checkLabels(
      'labels',
      DeviceArray.is(labels) ? labels.toHost({ stream }) : labels,
      rows,
      this.classes,
    );
    const weightsOfRows = DeviceArray.is(given) ? given.toHost({ stream }) : given;
    const sampleWeights = weightsOfRows && float32('sampleWeights', weightsOfRows, rows, 'one per row').slice();
    return {
      logits: logits as Float32Array,
      labels: indices,
      counted: this.#counted(indices, sampleWeights),
      measuring: { sampleWeights, gradient: false, stream },
    };
  }

  /** The labels, IGNORED where a row does not count. */
  #counted(labels: Labels, sampleWeights: Float32Array | undefined): Int32Array {
    const { ignoreIndex } = this.#settings.given;
    const counted = new Int32Array(labels.length);
    for (let row = 0; row < labels.length; row++) {
      const label = Number(labels[row]);
      const counts = label !== ignoreIndex && sampleWeights?.[row] !== 0;
      if (counts && !(label >= 0 && label < this.classes)) throw invalidLabel(row, this.classes, label, 'labels');
      counted[row] = counts ? label : IGNORED;
    }
    return counted;
  }

  #finish(result: EmdResult<ArrayOn<D>>): EmdResult<ArrayOn<D>> {
    return this.#history.length === 0 ? { ...result, emd: Number.NaN } : result;
  }
}

/** Whether an array that is to be written has memory in common with the features. */
function overlap(output: unknown, features: unknown): boolean {
  if (DeviceArray.is(output) && DeviceArray.is(features)) {
    const end = (array: DeviceArray) => array.pointer + BigInt(array.byteLength);
    return output.pointer < end(features) && features.pointer < end(output);
  }
  return ArrayBuffer.isView(output) && ArrayBuffer.isView(features) && sharesMemory(output, features);
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
