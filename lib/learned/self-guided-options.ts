// The options of the self-guided loss: what they are, and how they are checked.
import { choice, integer, type Numbers, onlyKnown, optionsObject, weight } from '../checks/arguments.js';
import { wrongRange, wrongType } from '../checks/errors.js';
import { checkMatrix, type MatrixOptions } from '../distances/matrix.js';
import type { DeviceArray } from '../gpu/device-array.js';
import type { Stream } from '../gpu/stream.js';
import type { EmdOptions, Reduction } from '../loss/options.js';
import type { Wanted } from '../loss/result.js';
import { CENTROID_OPTIONS, type CentroidOptions, type DistanceScale, scaleOf } from './class-centroids.js';

const PRESETS = ['matrix', 'xemd1', 'xemd2'] as const;

export interface SelfGuidedOptions<D extends 'cpu' | number = 'cpu' | number, R extends Reduction = Reduction>
  extends CentroidOptions<D>,
    Pick<EmdOptions<Wanted, Wanted, R>, 'ignoreIndex' | 'reduction' | 'threads'> {
  /**
   * What the distances are used as: 'matrix', costs by `exponent` and `offset`; or a published setting of these, 'xemd1' (1, -0.5)
   * or 'xemd2' (2, -0.25). Default: 'matrix'.
   */
  preset?: (typeof PRESETS)[number];
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
  /** How many epochs' distances `history` keeps: `false` for none, `'all'`, or the last so many. Default: false. */
  history?: false | 'all' | number;
  /** The weight of each row by its class, [classes]: finite, not negative. Default: 1. */
  classWeights?: Numbers;
}

/** What may change from batch to batch. `G` and `L` are what is said about gradient and losses. */
export interface SelfGuidedBatch<
  A extends Float32Array | DeviceArray = Float32Array | DeviceArray,
  G extends Wanted<A> = Wanted<A>,
  L extends Wanted<A> = Wanted<A>,
> {
  /** The array to fill, whether to fill one, or the logits themselves. Default: true. */
  gradient?: G;
  /** Whether to return the loss of each row, or the array to fill. Default: true with reduction 'none', else false. */
  losses?: L;
  /** The weight of each row, [rows]. A row with weight 0 is not looked at, and its features do not count. Default: 1. */
  sampleWeights?: Float32Array | DeviceArray;
  /** See EvaluateOptions. */
  upstream?: number | Float32Array | DeviceArray;
  /** On a GPU: where the work is enqueued. Default: the package's own stream of that GPU. */
  stream?: Stream;
}

export const SELF_GUIDED_OPTIONS = {
  ...CENTROID_OPTIONS,
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
  history: true,
} as const satisfies Record<keyof SelfGuidedOptions, true>;
export const BATCH = {
  gradient: true,
  losses: true,
  sampleWeights: true,
  upstream: true,
  stream: true,
} as const satisfies Record<keyof SelfGuidedBatch, true>;

export const MAX_EPOCHS = 1e9;

/** The options, each read once and checked, but for those that ClassCentroids and EmdLoss check. */
export class SelfGuidedSettings<D extends 'cpu' | number> {
  /** As they were given. */
  readonly given: SelfGuidedOptions<D>;
  readonly preset: (typeof PRESETS)[number];
  /** What the matrix of distances becomes costs by. */
  readonly costs: Required<MatrixOptions>;
  readonly startEpoch: number;
  readonly ratio: number;
  readonly scale: DistanceScale;
  /** Lambda, where the rule is not to find it. */
  readonly emdWeight: number | undefined;
  /** The distances of how many epochs are kept for `history`. */
  readonly kept: number;

  constructor(options: SelfGuidedOptions<D>) {
    onlyKnown(optionsObject(options), SELF_GUIDED_OPTIONS);
    this.given = { ...options };
    const { preset = 'matrix', exponent, offset, emdWeight, startEpoch = 4, ratio = 3.5 } = this.given;
    const { scale = 'rank', history = false } = this.given;
    choice('preset', preset, PRESETS);
    if (preset !== 'matrix' && (exponent !== undefined || offset !== undefined)) {
      throw wrongType('preset', "undefined, as exponent or offset is given, or 'matrix'", preset);
    }
    this.preset = preset;
    // Throws for an invalid exponent or offset.
    const costs = checkMatrix([0, 0, 0, 0], preset === 'matrix' ? { exponent, offset } : preset);
    this.costs = { exponent: costs.exponent as number, offset: costs.offset as number };
    this.scale = scale;
    scaleOf(scale);
    this.emdWeight = emdWeight === undefined ? undefined : weight('emdWeight', emdWeight);
    this.startEpoch = integer('startEpoch', startEpoch, emdWeight === undefined ? 2 : 1, MAX_EPOCHS);
    if (typeof ratio !== 'number') throw wrongType('ratio', 'a number', ratio);
    if (!(ratio > 0 && ratio < Infinity)) throw wrongRange('ratio', 'a finite number greater than 0', ratio);
    this.ratio = ratio;
    this.kept = keptEpochs(history);
  }

  get centroids(): CentroidOptions<D> {
    const { classes, features, normalize, momentum, device } = this.given;
    return { classes, features, normalize, momentum, device };
  }

  /** Of every loss, whatever it weighs. */
  get loss(): EmdOptions {
    const { classes, ignoreIndex, threads, classWeights } = this.given;
    return { classes, ignoreIndex, threads, classWeights };
  }

  /** @throws RangeError for distances of the features that cannot become costs. */
  checkDistances(distances: Float32Array): void {
    const { exponent, offset } = this.costs;
    const largest = distances.reduce((a, b) => Math.max(a, b));
    const what = 'features: distances between their centroids';
    if (!(largest < Infinity)) throw wrongRange(what, 'float32 numbers', largest);
    if (!(Math.abs(Math.fround(largest ** exponent + offset)) < Infinity)) {
      const scales = "scale 'rank' or 'max' keeps them at most 1";
      throw wrongRange(what, `numbers whose costs at exponent ${exponent} are float32 numbers; ${scales}`, largest);
    }
  }
}

function keptEpochs(history: unknown): number {
  if (history === false) return 0;
  if (history === 'all') return MAX_EPOCHS;
  if (typeof history !== 'number') throw wrongType('history', "false, 'all' or a number of epochs", history);
  return integer('history', history, 0, MAX_EPOCHS);
}
