// The options of a loss on WebGPU, checked, and what kernels read of its ground distance and class weights.
import { NORMALIZATIONS } from '../backends/enumerations.js';
import { copyWeights, type Numbers, onlyKnown, optionsObject } from '../checks/arguments.js';
import { wrongRange, wrongType } from '../checks/errors.js';
import type { GroundDistance, GroundDistanceJSON } from '../distances/ground-distance.js';
import type { GroundKind, GroundValues } from '../distances/kind.js';
import { type GroundDistanceKind, KIND_NAMES, KINDS } from '../distances/kinds.js';
import { type PlainOptions, PlainSettings, ROOTS } from '../loss/plain-settings.js';

/** Any ground distance of this package, or what its `toJSON()` returns: `{ kind: 'ordered', gaps }`. */
export type GroundDistanceLike = GroundDistance | GroundDistanceJSON;

/** What a loss is: as `EmdOptions` of `squared-emd`, whose documentation describes each. */
export interface WebGpuEmdOptions extends PlainOptions {
  /** Default: neighbours at distance 1, in order. So far ordered distances are computed on WebGPU. */
  groundDistance?: GroundDistanceLike;
  /** The weight of each row by its target class, [classes]: finite, not negative. They are copied. Default: 1. */
  classWeights?: Numbers;
}

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
} as const satisfies Record<keyof WebGpuEmdOptions, true>;

const UNIT_DISTANCES: GroundDistanceJSON = { kind: 'ordered' };

export class WebGpuSettings extends PlainSettings {
  readonly classWeights: Float64Array | undefined;
  #ground!: GroundDistanceLike;
  #values!: GroundValues;

  constructor(options: WebGpuEmdOptions) {
    onlyKnown(optionsObject(options), KNOWN);
    super(options);
    const { classWeights, groundDistance = UNIT_DISTANCES } = options;
    this.classWeights =
      classWeights === undefined ? undefined : copyWeights('classWeights', classWeights, this.classes);
    this.groundDistance = groundDistance;
  }

  get groundDistance(): GroundDistanceLike {
    return this.#ground;
  }

  set groundDistance(ground: GroundDistanceLike) {
    this.#values = this.#check(ground);
    this.#ground = ground;
  }

  /** The gaps, and behind them the class weights; neither is there where all are 1. */
  get constants(): Float32Array {
    return Float32Array.from([...this.#gaps, ...(this.classWeights ?? [])]);
  }

  get hasGaps(): boolean {
    return this.#values.gaps !== undefined;
  }

  /** What E is divided by. */
  get terms(): number {
    const name = NORMALIZATIONS[this.normalization];
    if (name === 'sum') return 1;
    return name === 'mean' || name === 'root-mean' ? KINDS[this.#ground.kind].terms(this.classes) : this.classes;
  }

  get takesRoot(): boolean {
    return this.normalization >= ROOTS && this.power === 2;
  }

  // As many as there are classes: the last one is not read.
  get #gaps(): readonly number[] {
    const { gaps } = this.#values;
    return gaps === undefined ? [] : [...gaps, 0];
  }

  #check(ground: unknown): GroundValues {
    const kind = typeof ground === 'object' && ground !== null ? (ground as { kind?: unknown }).kind : undefined;
    if (!KIND_NAMES.includes(kind as GroundDistanceKind)) {
      throw wrongType('groundDistance', 'ordered() or another ground distance', ground);
    }
    if (kind !== 'ordered') {
      throw wrongType('groundDistance', 'an ordered one, the one kind that is computed on WebGPU so far', `${kind}`);
    }
    const definition: GroundKind = KINDS[kind];
    const values = definition.check(ground as GroundDistanceJSON);
    const root = this.normalization >= ROOTS ? NORMALIZATIONS[this.normalization] : undefined;
    definition.requireUse?.(values, { power: this.power, root });
    if (values.classes !== undefined && values.classes !== this.classes) {
      throw wrongRange('groundDistance', `one of ${this.classes} classes`, `${kind}(${values.classes} classes)`);
    }
    return values;
  }
}
