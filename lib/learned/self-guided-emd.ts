// The self-guided loss: cross entropy and the squared EMD over distances that come from the network's own features.

import { knownOptions, refuseHugeSquare } from '../checks/arguments.js';
import { wrongRange } from '../checks/errors.js';
import { copyOf } from '../checks/typed-arrays.js';
import { release } from '../distances/ground-distance.js';
import { DeviceArray } from '../gpu/device-array.js';
import type { Stream } from '../gpu/stream.js';
import { EmdLoss } from '../loss/emd-loss.js';
import type { EmdOptions, EvaluateOptions, Reduction } from '../loss/options.js';
import type { EmdResult, GradientOf, LossesOf, Wanted } from '../loss/result.js';
import { CallQueue } from './call-queue.js';
import {
  type ArrayOn,
  type CentroidStream,
  ClassCentroids,
  type Labelled,
  packedCentroids,
  updateAnew,
  updateAnewLater,
} from './class-centroids.js';
import { LambdaRule } from './lambda-rule.js';
import { LearnedGround } from './learned-ground.js';
import { BatchChecks, IGNORED } from './self-guided-batch.js';
import {
  type ObserveOptions,
  type SelfGuidedBatch,
  type SelfGuidedOptions,
  SelfGuidedSettings,
} from './self-guided-options.js';
import {
  packDistances,
  readOptions,
  readPast,
  type SelfGuidedState,
  type SelfGuidedStateV1,
} from './self-guided-state.js';

/** The state of an epoch. */
interface Course {
  readonly epoch: number;
  /** Lambda, once the rule has found it. */
  readonly lambda?: number;
  /** Those on a GPU stay there until they are asked for. */
  distances?: Float32Array | DeviceArray;
  readonly options: EmdOptions;
  readonly loss: EmdLoss;
  /** Only in the epoch in which it records. */
  readonly rule?: LambdaRule;
}

type SelfGuidedResult<A, G, L, R> = EmdResult<A, GradientOf<A, G>, LossesOf<A, L, R>>;

// Not part of the package's interface:
/** The loss of the epoch, its options, and whether what it is made of is being recorded. */
export let lossInUse: (guided: SelfGuidedEmd<'cpu' | number>) => {
  loss: EmdLoss;
  options: EmdOptions;
  rule?: LambdaRule;
};
/** Says that batches of the epoch have been evaluated elsewhere. */
export let evaluatedElsewhere: (guided: SelfGuidedEmd<'cpu' | number>) => void;
/** Adds what was accumulated elsewhere, in the form of `ClassCentroids.partial`. */
export let addPartial: (guided: SelfGuidedEmd<'cpu' | number>, partial: Float64Array) => void;

/**
 * A loss whose ground distance is learned during training: `crossEntropy + lambda * emd`, where the distances between the classes
 * are refreshed at the end of every epoch from the network's own features (after Hou, Yu, Samaras, arXiv 1611.05916, the
 * self-guided loss).
 *
 * Call {@link SelfGuidedEmd.evaluate} for each batch and {@link SelfGuidedEmd.endEpoch} after each epoch. With the preset
 * 'energy' the EMD is the energy distance of the learned distances, with a lambda of 3, from the first step for which there are
 * distances: after epoch 0, or from the beginning if there is a `prior`, or if {@link SelfGuidedEmd.observe} and
 * {@link SelfGuidedEmd.refresh} were called with features of the untrained network. With the paper's presets it is a cost per
 * class from `startEpoch` on: in the epoch before, cross entropy and EMD are recorded, and lambda is the ratio of their means,
 * divided by `ratio`.
 *
 * If `device` is a number, logits, features and gradients are arrays on that GPU; labels and weights may be there or in host
 * memory. Centroids and distances stay there, and what `history` is to keep comes to the host an epoch later.
 */
export class SelfGuidedEmd<D extends 'cpu' | number = 'cpu', R extends Reduction = Reduction> {
  readonly classes: number;
  readonly #settings: SelfGuidedSettings<D>;
  readonly #ground: LearnedGround;
  readonly #checks: BatchChecks;
  #centroids: ClassCentroids<D>;
  #course: Course;
  /** The distances of epochs before the last, as many as are kept. */
  #earlier: Float32Array[] = [];
  /** Whether rows were added since the last update, and whether some of them came from an evaluated batch. */
  #observed = false;
  #evaluated = false;
  readonly #calls = new CallQueue('SelfGuidedEmd');
  /** How many of them replace the loss of the epoch. */
  #refreshing = 0;

  /**
   * @throws TypeError, RangeError for invalid options, including more classes than a matrix of distances in host memory can have
   *   (23170, 2 GiB); EmdError for a GPU that is not there.
   */
  constructor(options: SelfGuidedOptions<D, R>) {
    this.#settings = new SelfGuidedSettings(options);
    this.#centroids = new ClassCentroids(this.#settings.centroids);
    this.classes = this.#centroids.classes;
    this.#checks = new BatchChecks(this.#centroids.features, this.#settings.given);
    if (!this.#onGpu) refuseHugeSquare('classes', this.classes, Float32Array.BYTES_PER_ELEMENT);
    this.#ground = new LearnedGround(this.#settings);
    this.#course = this.#begin({ epoch: 0, distances: this.#ground.prior() });
  }

  static {
    lossInUse = (guided) => guided.#course;
    evaluatedElsewhere = (guided) => {
      guided.#observed = guided.#evaluated = true;
    };
    addPartial = (guided, partial) => {
      guided.#observed = true;
      const own = guided.#centroids.partial;
      guided.#centroids.setPartial(own.map((value, i) => value + partial[i]));
    };
  }

  /** The number of epochs that have ended. */
  get epoch(): number {
    return this.#course.epoch;
  }

  /** Lambda, the factor of the EMD in this epoch; 0 before `startEpoch` and while there are no distances. */
  get emdWeight(): number {
    return this.#weightIn(this.#course);
  }

  /** The distances in use, [classes, classes]; null while there are none. A copy. */
  get distances(): Float32Array | null {
    return this.#distancesOnHost()?.slice() ?? null;
  }

  /** The distances at the end of all epochs or the last ones, as the option `history` says, oldest first. Copies. */
  get history(): Float32Array[] {
    const { distances } = this;
    if (this.#settings.kept === 0 || distances === null || this.epoch === 0) return [];
    return [...this.#earlier.map((values) => values.slice()), distances];
  }

  /**
   * The loss of a batch and its gradient with respect to the logits. Also accumulates the features.
   *
   * @param logits [rows, classes]
   * @param features [rows, features], of the layer in whose space the classes are compared.
   * @param labels A class index per row, [rows].
   * @returns As for `emdLoss`; `emd` is NaN while there are no distances.
   * @throws TypeError, RangeError; then nothing is written or accumulated.
   */
  evaluate<G extends Wanted<ArrayOn<D>> = true, L extends Wanted<ArrayOn<D>> = never>(
    logits: ArrayOn<D>,
    features: ArrayOn<D>,
    labels: Labelled,
    options: SelfGuidedBatch<ArrayOn<D>, G, L> = {},
  ): SelfGuidedResult<ArrayOn<D>, G, L, R> {
    this.#calls.requireIdle();
    const batch = this.#checks.batch(logits, features, labels, options);
    const { loss, rule } = this.#course;
    const terms = rule?.terms.map((term) => term.evaluate(batch.logits, batch.labels, batch.measuring));
    const result = loss.evaluate(batch.logits, batch.labels, options as EvaluateOptions);
    this.#centroids.accumulate(features, batch.counted, { ignoreIndex: IGNORED, stream: options.stream });
    this.#observed = this.#evaluated = true;
    if (terms) rule?.add(terms.map(({ losses }) => takeFloats(losses)));
    return this.#finish(result as SelfGuidedResult<ArrayOn<D>, G, L, R>);
  }

  /**
   * Like {@link evaluate}, off the event loop; inputs are copied during the call. Calls take effect in the order in which they
   * are made.
   *
   * @throws EmdError 'BUSY' while `refreshAsync` runs: the loss that it makes is not there yet.
   */
  async evaluateAsync<G extends Wanted<ArrayOn<D>> = true, L extends Wanted<ArrayOn<D>> = never>(
    logits: ArrayOn<D>,
    features: ArrayOn<D>,
    labels: Labelled,
    options: SelfGuidedBatch<ArrayOn<D>, G, L> = {},
  ): Promise<SelfGuidedResult<ArrayOn<D>, G, L, R>> {
    if (this.#refreshing > 0) throw this.#calls.busy();
    const batch = this.#checks.batch(logits, features, labels, options);
    const { stream } = options;
    const copy = copied(features, stream);
    const { loss, rule } = this.#course;
    const evaluate = (term: EmdLoss, settings: EvaluateOptions) =>
      term.evaluateAsync(batch.logits, batch.labels, settings);
    const running = Promise.all([
      evaluate(loss, options as EvaluateOptions),
      ...(rule?.terms ?? []).map((term) => evaluate(term, batch.measuring)),
    ]);
    running.catch(() => {});
    return this.#calls.add(async () => {
      const [result, ...terms] = await running;
      await this.#centroids.accumulateAsync(copy, batch.counted, { ignoreIndex: IGNORED, stream });
      this.#observed = this.#evaluated = true;
      if (DeviceArray.is(copy)) copy.dispose();
      if (terms.length > 0) rule?.add(terms.map(({ losses }) => takeFloats(losses)));
      return this.#finish(result as SelfGuidedResult<ArrayOn<D>, G, L, R>);
    });
  }

  /**
   * Accumulates features as `evaluate` does, without a loss: those of the untrained network before the first epoch.
   *
   * @param features [rows, features]
   * @param labels A class index per row, [rows].
   * @throws TypeError, RangeError; then nothing is added.
   */
  observe(features: ArrayOn<D>, labels: Labelled, options: ObserveOptions = {}): void {
    this.#calls.requireIdle();
    const { counted, stream } = this.#checks.observation(features, labels, options);
    this.#centroids.accumulate(features, counted, { ignoreIndex: IGNORED, stream });
    this.#observed = true;
  }

  /** Like {@link observe}, off the event loop; inputs are copied during the call. */
  async observeAsync(features: ArrayOn<D>, labels: Labelled, options: ObserveOptions = {}): Promise<void> {
    const { counted, stream } = this.#checks.observation(features, labels, options);
    const copy = copied(features, stream);
    await this.#calls.add(async () => {
      await this.#centroids.accumulateAsync(copy, counted, { ignoreIndex: IGNORED, stream });
      if (DeviceArray.is(copy)) copy.dispose();
      this.#observed = true;
    });
  }

  /**
   * Turns what was observed into centroids and distances, so that the EMD is in the loss from the first step on. Sums are
   * cleared, and centroids are replaced, whatever the momentum.
   *
   * @throws RangeError if batches of the epoch have been evaluated, or nothing was observed; otherwise as {@link endEpoch}.
   */
  refresh(options: CentroidStream = {}): void {
    this.#calls.requireIdle();
    this.#requireObserved();
    updateAnew(this.#centroids, options);
    this.#replace(
      this.#measured(this.#centroids.distances({ scale: this.#settings.scale, ...options }), options),
      options,
    );
  }

  /** Like {@link refresh}, off the event loop. */
  async refreshAsync(options: CentroidStream = {}): Promise<void> {
    this.#refreshing++;
    try {
      await this.#calls.add(async () => {
        this.#requireObserved();
        await updateAnewLater(this.#centroids, options);
        const distances = await this.#centroids.distancesAsync({ scale: this.#settings.scale, ...options });
        this.#replace(this.#measured(distances, options), options);
      });
    } finally {
      this.#refreshing--;
    }
  }

  /**
   * Adds what another worker, given as its SelfGuidedEmd or its state, has accumulated in this epoch: sums of features, and the
   * sums from which lambda follows. Call it before `endEpoch`; all workers then continue from `fromState(leader.toState())`.
   *
   * @throws TypeError, RangeError if its options or its epoch differ.
   */
  merge(other: SelfGuidedEmd<'cpu' | number> | SelfGuidedState): void {
    this.#calls.requireIdle();
    const state = SelfGuidedEmd.is(other) ? other.toState() : SelfGuidedEmd.fromState(other).toState();
    const own = this.toState();
    const comparable = ({ options: { threads: _t, history: _h, ...rest } }: SelfGuidedState) =>
      JSON.stringify(sorted(rest));
    if (comparable(state) !== comparable(own))
      throw wrongRange('other', 'one with the same options', comparable(state));
    if (state.epoch !== own.epoch) throw wrongRange('other.epoch', `${own.epoch}, as here`, state.epoch);
    this.#centroids.merge(state.centroids);
    this.#course.rule?.merge(state.recorded);
    this.#observed ||= state.centroids.counts.some((count) => count > 0);
    this.#evaluated ||= state.evaluated;
  }

  /** Whether a value is a SelfGuidedEmd. */
  static is(value: unknown): value is SelfGuidedEmd<'cpu' | number> {
    return typeof value === 'object' && value !== null && #settings in value;
  }

  /**
   * Ends an epoch: refreshes the distances, and finds lambda when it is time.
   *
   * @throws RangeError if features are so far apart that their distances, or the costs that follow, are not finite in float32;
   *   then the epoch has not ended.
   */
  endEpoch(options: CentroidStream = {}): void {
    this.#calls.requireIdle();
    this.#centroids.update(options);
    const { scale, ratio, kept } = this.#settings;
    const { epoch, rule, lambda, distances: before } = this.#course;
    const distances = this.#measured(this.#centroids.distances({ scale, ...options }), options);
    const next = this.#begin(
      { epoch: epoch + 1, lambda: rule ? rule.lambda(ratio) : lambda, distances },
      undefined,
      options.stream,
    );
    // The distances of epoch 0 do not come from the end of an epoch.
    if (kept > 1 && before && epoch > 0) this.#earlier = [...this.#earlier, takeFloats(before)].slice(1 - kept);
    else if (DeviceArray.is(before)) before.dispose();
    this.#go(next);
  }

  /**
   * A copy of everything as plain data. Training that continues from it computes the same numbers.
   *
   * @throws RangeError for arrays that as text would be longer than a string can be (400 MB).
   */
  toState(): SelfGuidedState {
    this.#calls.requireIdle();
    const { classWeights, device: _, prior: __, ...options } = this.#settings.given;
    const { prior } = this.#settings;
    const { epoch, lambda, rule } = this.#course;
    const distances = this.#distancesOnHost();
    return {
      version: 2,
      options: {
        ...options,
        preset: this.#settings.preset,
        ...(classWeights && { classWeights: Array.from(classWeights) }),
        ...(prior && { prior: packDistances(prior, this.classes) }),
      },
      evaluated: this.#evaluated,
      epoch,
      emdWeight: lambda ?? null,
      recorded: rule?.sums ?? [0, 0],
      centroids: packedCentroids(this.#centroids),
      distances: distances ? packDistances(distances, this.classes) : null,
      history: this.#earlier.map((values) => packDistances(values, this.classes)),
    };
  }

  /**
   * @param state What `toState()` returned, also in an older version of the package, whose whole history is kept.
   * @param place `device`: where the new one is. Default: 'cpu', wherever the state comes from.
   * @throws TypeError, RangeError for anything that is not a valid state.
   */
  static fromState<D extends 'cpu' | number = 'cpu'>(
    state: SelfGuidedState | SelfGuidedStateV1,
    place: { device?: D } = {},
  ): SelfGuidedEmd<D> {
    knownOptions(place, { device: true });
    const options = readOptions(state);
    const made = new SelfGuidedEmd<D>({ ...options, device: place.device });
    made.#centroids = ClassCentroids.fromState(state.centroids, place);
    for (const name of ['classes', 'features'] as const) {
      if (made.#centroids[name] === options[name]) continue;
      throw wrongRange(`state.centroids.${name}`, `${options[name]}, as in state.options`, made.#centroids[name]);
    }
    const { startEpoch, emdWeight, kept, preset } = made.#settings;
    const { epoch, lambda, recorded, distances, earlier, evaluated } = readPast(state, made.classes, kept, preset);
    if (epoch >= startEpoch && lambda === undefined && emdWeight === undefined) {
      throw wrongRange('state.emdWeight', 'a number, as the epoch is startEpoch or later', state.emdWeight);
    }
    // Put where they would be if this one had computed them, so that the costs are the same to the last bit.
    const { device } = place;
    const placed = distances && typeof device === 'number' ? DeviceArray.from(distances, { device }) : distances;
    made.#earlier = earlier;
    made.#evaluated = evaluated;
    made.#observed = made.#centroids.counts.some((count) => count > 0);
    const prior = made.#course.distances;
    if (DeviceArray.is(prior)) prior.dispose();
    release(made.#course.loss.groundDistance);
    made.#course = made.#begin({ epoch, lambda, distances: placed }, recorded);
    return made;
  }

  get [Symbol.toStringTag](): string {
    return 'SelfGuidedEmd';
  }

  /** The distances in use; those on a GPU are moved to the host, as nothing there needs them any more. */
  #distancesOnHost(): Float32Array | undefined {
    const { distances } = this.#course;
    if (!DeviceArray.is(distances)) return distances;
    const floats = takeFloats(distances);
    this.#course.distances = floats;
    return floats;
  }

  #weightIn({ epoch, lambda, distances }: Pick<Course, 'epoch' | 'lambda' | 'distances'>): number {
    const { startEpoch, emdWeight } = this.#settings;
    return epoch < startEpoch || !distances ? 0 : (emdWeight ?? lambda ?? 0);
  }

  #requireObserved(): void {
    if (this.#evaluated) {
      throw new RangeError('refresh: expected an epoch of which no batch was evaluated, but some were');
    }
    if (!this.#observed)
      throw new RangeError('refresh: expected features that observe() was shown, but there were none');
  }

  /** Turns distances between the centroids into those in use. */
  #measured<A extends Float32Array | DeviceArray>(distances: A, { stream }: CentroidStream): A {
    this.#ground.finish(distances, stream);
    if (!DeviceArray.is(distances)) this.#settings.checkDistances(distances as Float32Array);
    return distances;
  }

  /** Continues the same epoch with other distances. */
  #replace(distances: Float32Array | DeviceArray, { stream }: CentroidStream): void {
    const { epoch, lambda, distances: before } = this.#course;
    const next = this.#begin({ epoch, lambda, distances }, undefined, stream);
    if (DeviceArray.is(before)) before.dispose();
    this.#go(next);
  }

  #go(next: Course): void {
    release(this.#course.loss.groundDistance);
    this.#course = next;
    this.#observed = this.#evaluated = false;
  }

  /** Begins an epoch with these distances; its rule, if it is to record, continues from the sums. */
  #begin(at: Omit<Course, 'loss' | 'options' | 'rule'>, sums?: [number, number], stream?: Stream): Course {
    const { epoch, distances } = at;
    const { loss, startEpoch, emdWeight, given } = this.#settings;
    const terms = distances ? { ...loss, groundDistance: this.#ground.ground(distances, stream) } : loss;
    const records = distances && emdWeight === undefined && epoch === startEpoch - 1;
    const options = { ...terms, reduction: given.reduction, crossEntropyWeight: 1, emdWeight: this.#weightIn(at) };
    return { ...at, options, rule: records ? new LambdaRule(terms, sums) : undefined, loss: new EmdLoss(options) };
  }

  get #onGpu(): boolean {
    return typeof this.#settings.given.device === 'number';
  }

  #finish<T extends { emd: number }>(result: T): T {
    return this.#course.distances ? result : { ...result, emd: Number.NaN };
  }
}

const copied = <A extends Float32Array | DeviceArray>(array: A, stream: Stream | undefined): A =>
  (DeviceArray.is(array) ? array.slice(0, array.length, { stream }) : copyOf(array as Float32Array)) as A;

/** Options sorted by name, so that the texts of equal options are equal. */
const sorted = (options: object) => Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1));

/** Takes the numbers of an array that nobody else needs. */
function takeFloats(array: Float32Array | DeviceArray | null): Float32Array {
  if (!DeviceArray.is(array)) return array as Float32Array;
  const floats = array.toHost() as Float32Array;
  array.dispose();
  return floats;
}
