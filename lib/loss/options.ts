// The options of a loss: what they are, and how they are checked.

import type { GroundHandle } from '../backends/backend.js';
import { type INPUTS, NORMALIZATIONS, type REDUCTIONS } from '../backends/enumerations.js';
import { copyWeights, integer, isTypedNumbers, knownOptions, type Numbers } from '../checks/arguments.js';
import { wrongType } from '../checks/errors.js';
import { MAX_THREADS } from '../checks/limits.js';
import { typedArrayType } from '../checks/typed-arrays.js';
import { ordered } from '../distances/constructors.js';
import { GroundDistance, prepare, requireClasses, requireUse } from '../distances/ground-distance.js';
import { deviceOf } from '../gpu/cuda.js';
import { DeviceArray } from '../gpu/device-array.js';
import { optionalStream, type Stream } from '../gpu/stream.js';
import { NONE, PLAIN_OPTIONS, PlainSettings, ROOTS } from './plain-settings.js';
import type { Wanted } from './result.js';

export type Reduction = (typeof REDUCTIONS)[number];

/** Options that may change from call to call. `G` and `L` are the types of `gradient` and `losses`. */
export interface EvaluateOptions<G extends Wanted = Wanted, L extends Wanted = Wanted> {
  /** The weight of each row, [rows]: finite, not negative. Default: 1. */
  sampleWeights?: Float32Array | DeviceArray;
  /** The factor of the gradient, dL/d(result): one number, or with reduction 'none' one per row, [rows]. Default: 1. */
  upstream?: number | Float32Array | DeviceArray;
  /**
   * Whether to compute the gradient, or the array to fill, which is as long as the predictions and may be the predictions
   * themselves. Default: true.
   */
  gradient?: G;
  /**
   * Whether to return the loss of each row, or the array to fill, [rows]. Default: true with reduction 'none', otherwise false.
   */
  losses?: L;
  /** With a GPU: where the work is enqueued. Default: the package's own stream of that GPU. */
  stream?: Stream;
  /**
   * Four float32 numbers on the predictions' GPU, to which loss, cross entropy, EMD and number of rows are written; the call then
   * only enqueues. The numbers in its result are NaN, and a label that is out of range only shows as NaN.
   */
  lossOut?: DeviceArray;
}

/** The options of a loss. */
export interface EmdOptions<G extends Wanted = Wanted, L extends Wanted = Wanted, R extends Reduction = Reduction>
  extends EvaluateOptions<G, L> {
  /** C, 2..16777216. There are `predictions.length / classes` rows, which may be 0. */
  classes: number;
  /**
   * The number of elements from one class of a row to the next. Predictions, distributions and gradient are
   * [outer, classes, inner], and everything per row is [outer, inner]. For dense prediction with [batch, classes, H, W] it is
   * H * W. Default: 1.
   */
  inner?: number;
  /** How far apart the classes are. Default: `ordered()`, neighbours at distance 1. */
  groundDistance?: GroundDistance;
  /** 2 for the squared EMD, 1 for the EMD. Default: 2. */
  power?: 1 | 2;
  /** What the predictions are. Logits go through a softmax, and the gradient is with respect to the logits. Default: 'logits'. */
  input?: (typeof INPUTS)[number];
  /** The factor of the cross entropy: finite, not negative. Default: 0. */
  crossEntropyWeight?: number;
  /** The factor of the EMD: finite, not negative; with a cross-entropy weight of 1 it is the paper's lambda. Default: 1. */
  emdWeight?: number;
  /**
   * Normalization within a row, over classes: `E` itself, `E / terms`, `E / classes`, `(E / terms)^(1 / power)` or
   * `(E / classes)^(1 / power)`, where `terms` is `classes - 1` for ordered and tree distances, and otherwise `classes`.
   * Default: 'sum'.
   */
  normalization?: (typeof NORMALIZATIONS)[number];
  /** Reduction over rows; 'mean' divides by the sum of the row weights. Default: 'mean'. */
  reduction?: R;
  /** A weight for the rows of each target class, [classes]: finite, not negative. Default: 1. */
  classWeights?: Numbers | DeviceArray;
  /** Rows with this label do not count: their loss and gradient are 0. Not with distributions. */
  ignoreIndex?: number;
  /** Threads to use, 1..1024. Default: see `setThreads`. */
  threads?: number;
  /** Where to compute. Default: where the predictions are. With the index of a GPU, arrays in host memory go there and back. */
  device?: 'cpu' | number;
}

export const PER_CALL = {
  sampleWeights: true,
  upstream: true,
  gradient: true,
  losses: true,
  stream: true,
  lossOut: true,
} as const satisfies Record<keyof EvaluateOptions, true>;

/** The options of every loss, from which adapters and other losses derive theirs. */
export const LOSS_OPTIONS = {
  ...PLAIN_OPTIONS,
  groundDistance: true,
  classWeights: true,
  threads: true,
  device: true,
} as const satisfies Record<Exclude<keyof EmdOptions, keyof EvaluateOptions>, true>;

const KNOWN = { ...LOSS_OPTIONS, ...PER_CALL };

const UNIT_DISTANCES = ordered();

const isFloats = (value: unknown): value is Float32Array | DeviceArray =>
  typedArrayType(value) === 'Float32Array' || DeviceArray.is(value);

function flagOrArray(name: string, value: unknown): boolean | Float32Array | DeviceArray {
  if (typeof value === 'boolean' || isFloats(value)) return value;
  throw wrongType(name, 'a boolean, a Float32Array or a DeviceArray', value);
}

function optionalArray(name: string, value: unknown): Float32Array | DeviceArray | undefined {
  if (value === undefined || isFloats(value)) return value;
  throw wrongType(name, 'a Float32Array or a DeviceArray', value);
}

/** Weights that are not float32 are copied as float32, as backends read no others. */
function classWeightsOf(value: unknown, classes: number): Float32Array | DeviceArray | undefined {
  if (value === undefined || isFloats(value)) return value;
  if (!Array.isArray(value) && !isTypedNumbers(value)) {
    throw wrongType('classWeights', 'an array or a typed array of numbers, or a DeviceArray', value);
  }
  return Float32Array.from(copyWeights('classWeights', value, classes));
}

function optionalDeviceArray(name: string, value: unknown): DeviceArray | undefined {
  if (value === undefined || DeviceArray.is(value)) return value;
  throw wrongType(name, 'a DeviceArray', value);
}

function upstreamOf(value: unknown, reduction: number): number | Float32Array | DeviceArray {
  if (typeof value === 'number') return value;
  if (!isFloats(value)) throw wrongType('upstream', 'a number, a Float32Array or a DeviceArray', value);
  if (reduction !== NONE) throw wrongType('upstream', "a number, as reduction is not 'none'", value);
  return value;
}

/** Checks the options that may change from call to call, except lengths and devices, which the call checks. */
export function checkPerCall(
  reduction: number,
  gradient: unknown,
  losses: unknown,
  sampleWeights: unknown,
  upstream: unknown,
  stream: unknown,
  lossOut: unknown,
): void {
  flagOrArray('gradient', gradient);
  flagOrArray('losses', losses);
  optionalArray('sampleWeights', sampleWeights);
  upstreamOf(upstream, reduction);
  optionalStream('stream', stream);
  optionalDeviceArray('lossOut', lossOut);
}

/** The options of a loss: each is read once, checked, and kept in the form that backends take. */
export class Settings extends PlainSettings {
  /** 0: the default. */
  readonly threads: number;
  readonly device: 'cpu' | number | undefined;
  readonly classWeights: Float32Array | DeviceArray | undefined;
  // The following are defaults, which a call may override. Each call checks their lengths and devices.
  readonly sampleWeights: Float32Array | DeviceArray | undefined;
  readonly upstream: number | Float32Array | DeviceArray;
  readonly gradient: boolean | Float32Array | DeviceArray;
  readonly losses: boolean | Float32Array | DeviceArray;
  readonly stream: Stream | undefined;
  readonly lossOut: DeviceArray | undefined;
  #groundDistance!: GroundDistance;

  constructor(options: EmdOptions) {
    knownOptions(options, KNOWN);
    super(options);
    const {
      groundDistance = UNIT_DISTANCES,
      classWeights,
      threads,
      device,
      sampleWeights,
      upstream = 1,
      gradient = true,
      losses,
      stream,
      lossOut,
    } = options;
    this.device = deviceOf(device);
    this.stream = optionalStream('stream', stream);
    this.lossOut = optionalDeviceArray('lossOut', lossOut);
    this.threads = threads === undefined ? 0 : integer('threads', threads, 1, MAX_THREADS);
    this.classWeights = classWeightsOf(classWeights, this.classes);
    this.sampleWeights = optionalArray('sampleWeights', sampleWeights);
    this.upstream = upstreamOf(upstream, this.reduction);
    this.gradient = flagOrArray('gradient', gradient);
    this.losses = losses === undefined ? this.reduction === NONE : flagOrArray('losses', losses);
    this.groundDistance = groundDistance;
  }

  get groundDistance(): GroundDistance {
    return this.#groundDistance;
  }

  set groundDistance(value: GroundDistance) {
    if (!GroundDistance.is(value)) throw wrongType('groundDistance', 'ordered() or another ground distance', value);
    const root = this.normalization >= ROOTS ? NORMALIZATIONS[this.normalization] : undefined;
    requireUse(value, { power: this.power, root });
    requireClasses(value, this.classes);
    this.#groundDistance = value;
  }

  /** The ground distance, prepared by the backend for a GPU or the CPU, for the call that is about to begin. */
  groundOn(device: number): GroundHandle {
    return prepare(this.#groundDistance, this.classes, device);
  }
}
