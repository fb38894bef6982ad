// The self-guided loss: cross entropy first, then also the squared EMD over distances that the network's own features give.

import { float32, onlyKnown, optionsObject, refuseHugeSquare, sharesMemory, wholeRows } from '../checks/arguments.js';
import { EmdError, wrongRange, wrongType } from '../checks/errors.js';
import { checkLabels, invalidLabel, type Labels, labelsExpected } from '../checks/labels.js';
import { MAX_CLASSES } from '../checks/limits.js';
import { matrix } from '../distances/constructors.js';
import { release } from '../distances/ground-distance.js';
import { matrixOnGpu } from '../distances/matrix-on-gpu.js';
import { DeviceArray } from '../gpu/device-array.js';
import type { Stream } from '../gpu/stream.js';
import { EmdLoss } from '../loss/emd-loss.js';
import type { EvaluateOptions, Reduction } from '../loss/options.js';
import type { EmdResult, GradientOf, LossesOf, Wanted } from '../loss/result.js';
import {
  type ArrayOn,
  type CentroidStream,
  ClassCentroids,
  type Labelled,
  packedCentroids,
} from './class-centroids.js';
import { LambdaRule } from './lambda-rule.js';
import { BATCH, type SelfGuidedBatch, type SelfGuidedOptions, SelfGuidedSettings } from './self-guided-options.js';
import {
  packDistances,
  readOptions,
  readPast,
  type SelfGuidedState,
  type SelfGuidedStateV1,
} from './self-guided-state.js';

/** An epoch. */
interface Course {
  readonly epoch: number;
  /** What the rule has found. */
  readonly lambda?: number;
  /** On a GPU they stay there until they are asked for. */
  distances?: Float32Array | DeviceArray;
  readonly loss: EmdLoss;
  /** In the epoch in which it records. */
  readonly rule?: LambdaRule;
}

type SelfGuidedResult<A, G, L, R> = EmdResult<A, GradientOf<A, G>, LossesOf<A, L, R>>;

/**
 * A loss whose ground distance is learned during training: cross entropy alone for the first epochs, then
 * `crossEntropy + lambda * emd`, with distances between the classes that are refreshed at the end of every epoch from the
 * network's own features (Hou, Yu, Samaras, arXiv 1611.05916, the self-guided loss).
 *
 * Call {@link SelfGuidedEmd.evaluate} for each batch and {@link SelfGuidedEmd.endEpoch} after each epoch. In the last epoch before
 * `startEpoch` cross entropy and EMD are recorded; lambda is the ratio of their means, divided by `ratio`.
 *
 * With `device` a number logits, features and gradients are arrays on that GPU, labels and weights of either side; centroids and
 * distances stay there, and what `history` is to keep comes to the host an epoch later.
 */
export class SelfGuidedEmd<D extends 'cpu' | number = 'cpu', R extends Reduction = Reduction> {
  readonly classes: number;
  readonly #settings: SelfGuidedSettings<D>;
  #centroids: ClassCentroids<D>;
  #course: Course;
  /** Of epochs before the last, as many as are kept. */
  #earlier: Float32Array[] = [];
  #running = 0;
  #last: Promise<unknown> = Promise.resolve();

  /**
   * @throws TypeError, RangeError for invalid options, among them more classes than a matrix of distances can have in host memory
   *   (23170, 2 GiB); EmdError for a GPU that is not there.
   */
  constructor(options: SelfGuidedOptions<D, R>) {
    this.#settings = new SelfGuidedSettings(options);
    this.#centroids = new ClassCentroids(this.#settings.centroids);
    this.classes = this.#centroids.classes;
    if (!this.#onGpu) refuseHugeSquare('classes', this.classes, Float32Array.BYTES_PER_ELEMENT);
    this.#course = this.#begin({ epoch: 0 });
  }

  /** Epochs that have ended. */
  get epoch(): number {
    return this.#course.epoch;
  }

  /** Lambda: what the EMD is multiplied by in this epoch, 0 before `startEpoch`. */
  get emdWeight(): number {
    return this.#weightIn(this.#course);
  }

  /** The distances in use, [classes, classes]: a copy; null in the first epoch. */
  get distances(): Float32Array | null {
    return this.#distancesOnHost()?.slice() ?? null;
  }

  /** The distances at the end of each epoch, or of the last ones, as the option `history` says: copies, the oldest first. */
  get history(): Float32Array[] {
    const { distances } = this;
    if (this.#settings.kept === 0 || distances === null) return [];
    return [...this.#earlier.map((values) => values.slice()), distances];
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
  evaluate<G extends Wanted<ArrayOn<D>> = true, L extends Wanted<ArrayOn<D>> = never>(
    logits: ArrayOn<D>,
    features: ArrayOn<D>,
    labels: Labelled,
    options: SelfGuidedBatch<ArrayOn<D>, G, L> = {},
  ): SelfGuidedResult<ArrayOn<D>, G, L, R> {
    this.#idle();
    const batch = this.#batch(logits, features, labels, options);
    const { loss, rule } = this.#course;
    const terms = rule?.terms.map((term) => term.evaluate(batch.logits, batch.labels, batch.measuring));
    const result = loss.evaluate(batch.logits, batch.labels, options as EvaluateOptions);
    this.#centroids.accumulate(features, batch.counted, { ignoreIndex: IGNORED, stream: options.stream });
    if (terms) rule?.add(terms.map(({ losses }) => takeFloats(losses)));
    return this.#finish(result as SelfGuidedResult<ArrayOn<D>, G, L, R>);
  }

  /** As {@link evaluate}, off the event loop; inputs are copied when it is called. Calls count in the order in which they are made. */
  async evaluateAsync<G extends Wanted<ArrayOn<D>> = true, L extends Wanted<ArrayOn<D>> = never>(
    logits: ArrayOn<D>,
    features: ArrayOn<D>,
    labels: Labelled,
    options: SelfGuidedBatch<ArrayOn<D>, G, L> = {},
  ): Promise<SelfGuidedResult<ArrayOn<D>, G, L, R>> {
    const batch = this.#batch(logits, features, labels, options);
    const { stream } = options;
    const copy = DeviceArray.is(features)
      ? features.slice(0, features.length, { stream })
      : (features as Float32Array).slice();
    const { loss, rule } = this.#course;
    const evaluate = (term: EmdLoss, settings: EvaluateOptions) =>
      term.evaluateAsync(batch.logits, batch.labels, settings);
    const running = Promise.all([
      evaluate(loss, options as EvaluateOptions),
      ...(rule?.terms ?? []).map((term) => evaluate(term, batch.measuring)),
    ]);
    const finished = this.#last.then(async () => {
      const [result, ...terms] = await running;
      await this.#centroids.accumulateAsync(copy, batch.counted, { ignoreIndex: IGNORED, stream });
      if (DeviceArray.is(copy)) copy.dispose();
      if (terms.length > 0) rule?.add(terms.map(({ losses }) => takeFloats(losses)));
      return this.#finish(result as SelfGuidedResult<ArrayOn<D>, G, L, R>);
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

  /**
   * Refreshes the distances, and finds lambda when it is time.
   *
   * @throws RangeError for features that are so far apart that their distances, or the costs that these become, are no float32 numbers;
   *   the epoch goes on then.
   */
  endEpoch(options: CentroidStream = {}): void {
    this.#idle();
    this.#centroids.update(options);
    const { scale, ratio, kept } = this.#settings;
    const { epoch, rule, lambda, distances: before } = this.#course;
    const distances = this.#centroids.distances({ scale, ...options });
    if (!DeviceArray.is(distances)) this.#settings.checkDistances(distances);
    const next = this.#begin(
      { epoch: epoch + 1, lambda: rule ? rule.lambda(ratio) : lambda, distances },
      undefined,
      options.stream,
    );
    if (kept > 1 && before) this.#earlier = [...this.#earlier, takeFloats(before)].slice(1 - kept);
    else if (DeviceArray.is(before)) before.dispose();
    release(this.#course.loss.groundDistance);
    this.#course = next;
  }

  /**
   * A copy of everything as plain data: training that goes on from it has the same numbers.
   *
   * @throws RangeError for arrays that are longer as text than a string can be (400 MB).
   */
  toState(): SelfGuidedState {
    this.#idle();
    const { classWeights, device: _, ...options } = this.#settings.given;
    const { epoch, lambda, rule } = this.#course;
    const distances = this.#distancesOnHost();
    return {
      version: 2,
      options: {
        ...options,
        preset: this.#settings.preset,
        ...(classWeights && { classWeights: Array.from(classWeights) }),
      },
      epoch,
      emdWeight: lambda ?? null,
      recorded: rule?.sums ?? [0, 0],
      centroids: packedCentroids(this.#centroids),
      distances: distances ? packDistances(distances, this.classes) : null,
      history: this.#earlier.map((values) => packDistances(values, this.classes)),
    };
  }

  /**
   * @param state What `toState()` returned, also that of an older version, of which all distances are kept.
   * @param place `device`: where the new one is; default 'cpu', whatever the state comes from.
   * @throws TypeError, RangeError for what is no state.
   */
  static fromState<D extends 'cpu' | number = 'cpu'>(
    state: SelfGuidedState | SelfGuidedStateV1,
    place: { device?: D } = {},
  ): SelfGuidedEmd<D> {
    onlyKnown(optionsObject(place), { device: true });
    const options = readOptions(state);
    const made = new SelfGuidedEmd<D>({ ...options, device: place.device });
    made.#centroids = ClassCentroids.fromState(state.centroids, place);
    for (const name of ['classes', 'features'] as const) {
      if (made.#centroids[name] === options[name]) continue;
      throw wrongRange(`state.centroids.${name}`, `${options[name]}, as in state.options`, made.#centroids[name]);
    }
    const { startEpoch, emdWeight, kept } = made.#settings;
    const { epoch, lambda, recorded, distances, earlier } = readPast(state, made.classes, kept);
    if (epoch >= startEpoch && lambda === undefined && emdWeight === undefined) {
      throw wrongRange('state.emdWeight', 'a number, as the epoch is startEpoch or later', state.emdWeight);
    }
    // Where they would be had this one computed them: the costs are the same to the last bit then.
    const { device } = place;
    const placed = distances && typeof device === 'number' ? DeviceArray.from(distances, { device }) : distances;
    made.#earlier = earlier;
    made.#course = made.#begin({ epoch, lambda, distances: placed }, recorded);
    return made;
  }

  get [Symbol.toStringTag](): string {
    return 'SelfGuidedEmd';
  }

  /** The distances in use; from a GPU they are moved to the host, as nothing there needs them any more. */
  #distancesOnHost(): Float32Array | undefined {
    const { distances } = this.#course;
    if (!DeviceArray.is(distances)) return distances;
    const floats = takeFloats(distances);
    this.#course.distances = floats;
    return floats;
  }

  #idle(): void {
    if (this.#running === 0) return;
    throw new EmdError('BUSY', 'SelfGuidedEmd: an asynchronous call still runs; await it first');
  }

  #weightIn({ epoch, lambda }: Pick<Course, 'epoch' | 'lambda'>): number {
    const { startEpoch, emdWeight } = this.#settings;
    return epoch < startEpoch ? 0 : (emdWeight ?? lambda ?? 0);
  }

  /** An epoch over these distances; its rule, where it is to record, goes on from the sums. */
  #begin(at: Omit<Course, 'loss' | 'rule'>, sums?: [number, number], stream?: Stream): Course {
    const { epoch, distances } = at;
    const { loss, costs, startEpoch, emdWeight, given } = this.#settings;
    const ground = (values: Float32Array | DeviceArray) =>
      DeviceArray.is(values) ? matrixOnGpu(values, this.classes, costs, stream) : matrix(values, costs);
    const options = distances ? { ...loss, groundDistance: ground(distances) } : loss;
    const records = distances && emdWeight === undefined && epoch === startEpoch - 1;
    return {
      ...at,
      rule: records ? new LambdaRule(options, sums) : undefined,
      loss: new EmdLoss({
        ...options,
        reduction: given.reduction,
        crossEntropyWeight: 1,
        emdWeight: this.#weightIn(at),
      }),
    };
  }

  get #onGpu(): boolean {
    return typeof this.#settings.given.device === 'number';
  }

  #batch(logits: unknown, features: unknown, labels: unknown, options: SelfGuidedBatch<ArrayOn<D>>) {
    onlyKnown(optionsObject(options), BATCH);
    const onGpu = this.#onGpu;
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

  #finish<T extends { emd: number }>(result: T): T {
    return this.#course.distances ? result : { ...result, emd: Number.NaN };
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
