// The options of a loss: what they are, and how they are checked.
import { choice, integer, MAX_CLASSES, MAX_THREADS, onlyKnown, optionsObject, weight } from './arguments';
import type { NativeGround } from './binding';
import { EmdError, typedArrayType, wrongRange, wrongType } from './errors';
import { GroundDistance, ordered, prepare } from './ground-distance';

const INPUTS = ['logits', 'probabilities'] as const;
const NORMALIZATIONS = ['sum', 'mean', 'root-mean', 'nima'] as const;
const REDUCTIONS = ['mean', 'sum', 'none'] as const;
const NONE = REDUCTIONS.indexOf('none');
const ROOTS = NORMALIZATIONS.indexOf('root-mean');

/** What may change from call to call. */
export interface EvaluateOptions {
  /** The weight of each row, [rows]: finite, not negative. Default: 1. */
  sampleWeights?: Float32Array;
  /** dL/d(result), by which the gradient is multiplied: one number, or with reduction 'none' one for each row, [rows]. Default: 1. */
  upstream?: number | Float32Array;
  /** Whether to compute the gradient, or the array to fill, as long as the predictions; it may be the predictions themselves. Default: true. */
  gradient?: boolean | Float32Array;
  /** Whether to return the loss of each row, or the array to fill, [rows]. Default: true with reduction 'none', else false. */
  losses?: boolean | Float32Array;
  /** For device arrays only. */
  stream?: undefined;
  /** For device arrays only. */
  lossOut?: undefined;
}

/** What a loss is. */
export interface EmdOptions extends EvaluateOptions {
  /** C, 2..16777216. There are `predictions.length / classes` rows, 0 allowed. */
  classes: number;
  /**
   * The number of elements between consecutive classes of a row. Predictions, distributions and gradient are
   * [outer, classes, inner], everything per row is [outer, inner]. H * W for the [batch, classes, H, W] of dense
   * prediction. Default: 1.
   */
  inner?: number;
  /** How far apart the classes are. Default: `ordered()`, neighbours at distance 1. */
  groundDistance?: GroundDistance;
  /** 2 for the squared EMD, 1 for the EMD. Default: 2. */
  power?: 1 | 2;
  /** What the predictions are. Logits go through a softmax; the gradient is with respect to them. Default: 'logits'. */
  input?: (typeof INPUTS)[number];
  /** Finite, not negative. Default: 0. */
  crossEntropyWeight?: number;
  /** Finite, not negative; the paper's lambda next to a cross-entropy weight of 1. Default: 1. */
  emdWeight?: number;
  /**
   * Within a row, over classes: nothing, `E / terms`, `(E / terms)^(1 / power)` or `(E / classes)^(1 / power)`; the
   * terms are the edges of an ordered or a tree distance, else the classes. Default: 'sum'.
   */
  normalization?: (typeof NORMALIZATIONS)[number];
  /** Over rows; 'mean' divides by the sum of the row weights. Default: 'mean'. */
  reduction?: (typeof REDUCTIONS)[number];
  /** The weight of each row by its target class, [classes]: finite, not negative. Default: 1. */
  classWeights?: Float32Array;
  /** Rows with this label do not count: loss 0, gradient 0. Not with distributions. */
  ignoreIndex?: number;
  /** Threads to use, 1..1024. Default: see `setThreads`. */
  threads?: number;
  /** Where to compute. Default: where the predictions are. */
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

const KNOWN = {
  classes: true,
  inner: true,
  groundDistance: true,
  power: true,
  input: true,
  crossEntropyWeight: true,
  emdWeight: true,
  normalization: true,
  reduction: true,
  classWeights: true,
  ignoreIndex: true,
  threads: true,
  device: true,
  ...PER_CALL,
} as const satisfies Record<keyof EmdOptions, true>;

const UNIT_DISTANCES = ordered();

/** Neither exists for arrays in host memory. */
export function refuseDeviceOptions(stream: unknown, lossOut: unknown): void {
  if (stream !== undefined) throw wrongType('stream', 'undefined, as the predictions are in host memory', stream);
  if (lossOut !== undefined) throw wrongType('lossOut', 'undefined, as the predictions are in host memory', lossOut);
}

function refuseDevice(device: unknown): void {
  if (device === undefined || device === 'cpu') return;
  if (typeof device !== 'number') throw wrongType('device', "'cpu' or the index of a GPU", device);
  integer('device', device, 0, 1023);
  throw new EmdError(
    'CUDA_UNAVAILABLE',
    `device: GPU ${device} was asked for, but this build of squared-emd has no CUDA part`,
  );
}

export function flagOrArray(name: string, value: unknown): boolean | Float32Array {
  if (typeof value === 'boolean' || typedArrayType(value) === 'Float32Array') return value as boolean | Float32Array;
  throw wrongType(name, 'a boolean or a Float32Array', value);
}

export function optionalArray(name: string, value: unknown): Float32Array | undefined {
  if (value === undefined || typedArrayType(value) === 'Float32Array') return value as Float32Array | undefined;
  throw wrongType(name, 'a Float32Array', value);
}

export function upstreamOf(value: unknown, reduction: number): number | Float32Array {
  if (typeof value === 'number') return value;
  if (typedArrayType(value) !== 'Float32Array') throw wrongType('upstream', 'a number or a Float32Array', value);
  if (reduction !== NONE) throw wrongType('upstream', "a number, as reduction is not 'none'", value);
  return value as Float32Array;
}

/** The options of a loss, each read once, checked, and in the form that native code takes. */
export class Settings {
  readonly classes: number;
  readonly inner: number;
  readonly power: number;
  readonly input: number;
  readonly normalization: number;
  readonly reduction: number;
  readonly crossEntropyWeight: number;
  readonly emdWeight: number;
  readonly ignoreIndex: number | undefined;
  /** 0: the default. */
  readonly threads: number;
  readonly classWeights: Float32Array | undefined;
  // The following are defaults, which a call may override. Their lengths are checked by each call.
  readonly sampleWeights: Float32Array | undefined;
  readonly upstream: number | Float32Array;
  readonly gradient: boolean | Float32Array;
  readonly losses: boolean | Float32Array;
  #groundDistance!: GroundDistance;
  /** The ground distance as native code has prepared it. */
  ground!: NativeGround;

  constructor(options: EmdOptions) {
    onlyKnown(optionsObject(options), KNOWN);
    const {
      classes,
      inner = 1,
      groundDistance = UNIT_DISTANCES,
      power = 2,
      input = 'logits',
      crossEntropyWeight = 0,
      emdWeight = 1,
      normalization = 'sum',
      reduction = 'mean',
      classWeights,
      ignoreIndex,
      threads,
      device,
      sampleWeights,
      upstream = 1,
      gradient = true,
      losses,
      stream,
      lossOut,
    } = options;
    refuseDevice(device);
    refuseDeviceOptions(stream, lossOut);
    this.classes = integer('classes', classes, 2, MAX_CLASSES);
    this.inner = integer('inner', inner, 1, Number.MAX_SAFE_INTEGER);
    this.power = integer('power', power, 1, 2);
    this.input = choice('input', input, INPUTS);
    this.normalization = choice('normalization', normalization, NORMALIZATIONS);
    this.reduction = choice('reduction', reduction, REDUCTIONS);
    this.crossEntropyWeight = weight('crossEntropyWeight', crossEntropyWeight);
    this.emdWeight = weight('emdWeight', emdWeight);
    this.ignoreIndex =
      ignoreIndex === undefined
        ? undefined
        : integer('ignoreIndex', ignoreIndex, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
    this.threads = threads === undefined ? 0 : integer('threads', threads, 1, MAX_THREADS);
    this.classWeights = optionalArray('classWeights', classWeights);
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
    if (!GroundDistance.is(value))
      throw wrongType('groundDistance', 'ordered(), positions(), circular(), tree() or matrix()', value);
    if (this.normalization >= ROOTS && this.power === 2 && (value.offset ?? 0) < 0) {
      throw wrongRange(
        'groundDistance',
        `a matrix with an offset of 0 or more, as normalization '${NORMALIZATIONS[this.normalization]}' takes a root`,
        value.offset,
      );
    }
    this.ground = prepare(value, this.classes);
    this.#groundDistance = value;
  }
}
