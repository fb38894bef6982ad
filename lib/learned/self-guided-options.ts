// The options of the self-guided loss: what they are, and how they are checked.
import { choice, integer, knownOptions, type Numbers, weight } from '../checks/arguments.js';
import { wrongRange, wrongType } from '../checks/errors.js';
import { MAX_CLASSES } from '../checks/limits.js';
import { renamed } from '../checks/renamed.js';
import { copyMatrix, type DistanceMatrix } from '../distances/distance-matrix.js';
import { checkExponent } from '../distances/energy.js';
import { checkMatrixOptions } from '../distances/matrix.js';
import type { DeviceArray } from '../gpu/device-array.js';
import type { Stream } from '../gpu/stream.js';
import type { EmdOptions, Reduction } from '../loss/options.js';
import type { Wanted } from '../loss/result.js';
import { CENTROID_OPTIONS, type CentroidOptions, type DistanceScale, scaleOf } from './class-centroids.js';

const PRESETS = ['energy', 'matrix', 'xemd1', 'xemd2'] as const;

export interface SelfGuidedOptions<D extends 'cpu' | number = 'cpu' | number, R extends Reduction = Reduction>
  extends CentroidOptions<D>,
    Pick<EmdOptions<Wanted, Wanted, R>, 'ignoreIndex' | 'reduction' | 'threads'> {
  /**
   * How the distances are used: 'energy', their energy distance, from the first step that has distances; or, as in the paper,
   * from `startEpoch` on 'matrix', costs with `exponent` and `offset`, or a published setting of these, 'xemd1' (1, -0.5) or
   * 'xemd2' (2, -0.25). Default: 'energy'.
   */
  preset?: (typeof PRESETS)[number];
  /**
   * The exponent of the distances, with 'energy' (in (0, 2]) or 'matrix' (the cost of class `i` is `D_ik ^ exponent + offset`).
   * Default: 1.
   */
  exponent?: number;
  /** The offset of the costs, with 'matrix'. Default: 0. See docs/learned-distance.md before you make it negative. */
  offset?: number;
  /** Lambda: finite, not negative. Default: 3 with 'energy'; otherwise the rule finds it. */
  emdWeight?: number;
  /**
   * The first epoch with the EMD in the loss. Default with 'energy': 0, that is, as soon as there are distances. Default
   * otherwise: 4; it must be at least 2, or 1 with `emdWeight`.
   */
  startEpoch?: number;
  /** How many times smaller than the cross entropy the rule makes the EMD at first; not with 'energy'. Positive; default 3.5. */
  ratio?: number;
  /**
   * With 'energy', distances [classes, classes] that are known before any training, for example between class means of the inputs
   * or embeddings of the classes' names. Scaled so that the largest is `classes - 1`, they are used alone until there are learned
   * ones, and mixed with those from then on.
   */
  prior?: DistanceMatrix;
  /** The share of `prior` in the mixture, in [0, 1]. Default: 0.5. */
  priorWeight?: number;
  /**
   * The scale of the distances. Default: 'max' with 'energy', where 'max' and 'rank' are multiplied by `classes - 1`; otherwise
   * 'rank'.
   */
  scale?: DistanceScale;
  /** For how many of the last epochs `history` keeps the distances: `false` for none, `'all'`, or a number. Default: false. */
  history?: false | 'all' | number;
  /** A weight for the rows of each class, [classes]: finite, not negative. Default: 1. */
  classWeights?: Numbers;
}

/** Options that may change from batch to batch. `G` and `L` are the types of `gradient` and `losses`. */
export interface SelfGuidedBatch<
  A extends Float32Array | DeviceArray = Float32Array | DeviceArray,
  G extends Wanted<A> = Wanted<A>,
  L extends Wanted<A> = Wanted<A>,
> {
  /** Whether to compute the gradient, or the array to fill, which may be the logits themselves. Default: true. */
  gradient?: G;
  /** Whether to return the loss of each row, or the array to fill. Default: true with reduction 'none', otherwise false. */
  losses?: L;
  /** The weight of each row, [rows]. A row with weight 0 is not looked at, nor are its features. Default: 1. */
  sampleWeights?: Float32Array | DeviceArray;
  /** See EvaluateOptions. */
  upstream?: number | Float32Array | DeviceArray;
  /** With a GPU: where the work is enqueued. Default: the package's own stream of that GPU. */
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
  prior: true,
  priorWeight: true,
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

export type ObserveOptions = Pick<SelfGuidedBatch, 'sampleWeights' | 'stream'>;
export const OBSERVATION = { sampleWeights: true, stream: true } as const satisfies Record<keyof ObserveOptions, true>;

export const MAX_EPOCHS = 1e9;

/** Lambda with the preset 'energy'. */
const ENERGY_WEIGHT = 3;

/** How the loss uses the distances. */
export type Use =
  | { readonly kind: 'energy'; readonly exponent: number; readonly indefinite: boolean }
  | { readonly kind: 'matrix'; readonly exponent: number; readonly offset: number };

/** The options, each read once, and checked unless ClassCentroids or EmdLoss does that. */
export class SelfGuidedSettings<D extends 'cpu' | number> {
  /** The options as they were given. */
  readonly given: SelfGuidedOptions<D>;
  readonly preset: (typeof PRESETS)[number];
  readonly use: Use;
  readonly startEpoch: number;
  readonly ratio: number;
  readonly scale: DistanceScale;
  /** The factor of the scaled distances. */
  readonly unit: number;
  /** [classes, classes]; the largest is `classes - 1`. */
  readonly prior: Float32Array | undefined;
  readonly priorWeight: number;
  /** Lambda, unless the rule is to find it. */
  readonly emdWeight: number | undefined;
  /** The number of epochs whose distances are kept for `history`. */
  readonly kept: number;

  constructor(options: SelfGuidedOptions<D>) {
    knownOptions(options, SELF_GUIDED_OPTIONS);
    this.given = { ...options };
    const { classes, preset = 'energy', exponent, offset, emdWeight, ratio = 3.5, priorWeight = 0.5 } = this.given;
    choice('preset', preset, PRESETS);
    this.preset = preset;
    const isEnergy = preset === 'energy';
    const { scale = isEnergy ? 'max' : 'rank', startEpoch = isEnergy ? 0 : 4, history = false, prior } = this.given;
    refuseOthers(this.given, preset);
    this.use = isEnergy ? energyOf(exponent, scale, prior) : matrixOf(preset, { exponent, offset });
    this.scale = scale;
    scaleOf(scale);
    this.unit = isEnergy && (scale === 'max' || scale === 'rank') ? classes - 1 : 1;
    this.emdWeight = emdWeight === undefined ? (isEnergy ? ENERGY_WEIGHT : undefined) : weight('emdWeight', emdWeight);
    const earliest = isEnergy ? 0 : emdWeight === undefined ? 2 : 1;
    this.startEpoch = integer('startEpoch', startEpoch, earliest, MAX_EPOCHS);
    if (typeof ratio !== 'number') throw wrongType('ratio', 'a number', ratio);
    if (!(ratio > 0 && ratio < Infinity)) throw wrongRange('ratio', 'a finite number greater than 0', ratio);
    this.ratio = ratio;
    this.prior = prior === undefined ? undefined : scaledPrior(prior, integer('classes', classes, 2, MAX_CLASSES));
    if (typeof priorWeight !== 'number') throw wrongType('priorWeight', 'a number in 0..1', priorWeight);
    if (!(priorWeight >= 0 && priorWeight <= 1)) throw wrongRange('priorWeight', 'a number in 0..1', priorWeight);
    this.priorWeight = priorWeight;
    this.kept = keptEpochs(history);
  }

  get centroids(): CentroidOptions<D> {
    const { classes, features, normalize, momentum, device } = this.given;
    return { classes, features, normalize, momentum, device };
  }

  /** The options that all losses have in common, whatever their weights. */
  get loss(): EmdOptions {
    const { classes, ignoreIndex, threads, classWeights } = this.given;
    return { classes, ignoreIndex, threads, classWeights };
  }

  /** @throws RangeError for distances that cannot become costs. */
  checkDistances(distances: Float32Array): void {
    const { exponent } = this.use;
    const offset = this.use.kind === 'matrix' ? this.use.offset : 0;
    const largest = distances.reduce((a, b) => Math.max(a, b));
    const what = 'features: distances between their centroids';
    if (!(largest < Infinity)) throw wrongRange(what, 'float32 numbers', largest);
    if (!(Math.abs(Math.fround(largest ** exponent + offset)) < Infinity)) {
      const scales = "scale 'rank' or 'max' keeps them small";
      throw wrongRange(what, `numbers whose costs at exponent ${exponent} are float32 numbers; ${scales}`, largest);
    }
  }
}

/** @throws TypeError for options that belong to another preset. */
function refuseOthers(given: SelfGuidedOptions, preset: string): void {
  const isEnergy = preset === 'energy';
  if (!isEnergy && preset !== 'matrix' && (given.exponent !== undefined || given.offset !== undefined)) {
    throw wrongType('preset', "undefined, as exponent or offset is given, or 'matrix'", preset);
  }
  for (const name of isEnergy ? (['offset', 'ratio'] as const) : (['prior', 'priorWeight'] as const)) {
    if (given[name] !== undefined) throw wrongType(name, `undefined, as the preset is '${preset}'`, given[name]);
  }
  if (given.priorWeight !== undefined && given.prior === undefined) {
    throw wrongType('prior', 'distances, as priorWeight is given', undefined);
  }
}

/** The energy distance; ranks and given matrices need not be of negative type. */
function energyOf(exponent: number | undefined, scale: DistanceScale, prior: unknown): Use {
  if (exponent !== undefined) checkExponent(exponent);
  return { kind: 'energy', exponent: exponent ?? 1, indefinite: scale === 'rank' || prior !== undefined };
}

function matrixOf(preset: string, options: object): Use {
  return { kind: 'matrix', ...checkMatrixOptions(preset === 'matrix' ? options : preset) };
}

function scaledPrior(prior: unknown, classes: number): Float32Array {
  const made = renamed({ distances: 'prior' })(() => copyMatrix(prior));
  if (made.classes !== classes)
    throw wrongRange('prior', `distances of ${classes} classes`, `those of ${made.classes}`);
  if (!(made.largest > 0)) throw wrongRange('prior', 'a distance greater than 0', made.largest);
  // That of a state is scaled already.
  return made.largest === classes - 1 ? made.values : made.values.map((d) => (d / made.largest) * (classes - 1));
}

function keptEpochs(history: unknown): number {
  if (history === false) return 0;
  if (history === 'all') return MAX_EPOCHS;
  if (typeof history !== 'number') throw wrongType('history', "false, 'all' or a number of epochs", history);
  return integer('history', history, 0, MAX_EPOCHS);
}
