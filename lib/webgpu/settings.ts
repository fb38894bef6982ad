// The options of a loss on WebGPU, checked, and what kernels read of its ground distance and class weights.
import { NORMALIZATIONS } from '../backends/enumerations.js';
import { copyWeights, knownOptions, type Numbers } from '../checks/arguments.js';
import { wrongRange, wrongType } from '../checks/errors.js';
import type { GroundDistance, GroundDistanceJSON } from '../distances/ground-distance.js';
import type { GroundKind, GroundValues } from '../distances/kind.js';
import { type GroundDistanceKind, KIND_NAMES, KINDS } from '../distances/kinds.js';
import { PLAIN_OPTIONS, type PlainOptions, PlainSettings, ROOTS } from '../loss/plain-settings.js';
import { FORMULAS } from './wgsl/formulas.js';
import type { GroundTransform } from './wgsl/ground-numbers.js';

/** Any ground distance of this package, or what its `toJSON()` returns: `{ kind: 'ordered', gaps }`. */
export type GroundDistanceLike = GroundDistance | GroundDistanceJSON;

/** What a loss is: as `EmdOptions` of `squared-emd`, whose documentation describes each. */
export interface WebGpuEmdOptions extends PlainOptions {
  /** Default: neighbours at distance 1, in order. */
  groundDistance?: GroundDistanceLike;
  /** The weight of each row by its target class, [classes]: finite, not negative. They are copied. Default: 1. */
  classWeights?: Numbers;
}

const KNOWN = {
  ...PLAIN_OPTIONS,
  groundDistance: true,
  classWeights: true,
} as const satisfies Record<keyof WebGpuEmdOptions, true>;

const UNIT_DISTANCES: GroundDistanceJSON = { kind: 'ordered' };

export class WebGpuSettings extends PlainSettings {
  readonly classWeights: Float64Array | undefined;
  #ground!: GroundDistanceLike;
  #kind!: GroundDistanceKind;
  #numbers!: Float32Array;
  #indefinite = false;
  #transform!: GroundTransform;

  constructor(options: WebGpuEmdOptions) {
    knownOptions(options, KNOWN);
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
    const [kind, values] = this.#check(ground);
    this.#numbers = FORMULAS[kind].numbers(values, this.power);
    this.#kind = kind;
    this.#indefinite = values.indefinite ?? false;
    const { exponent = 1, offset = 0 } = values;
    this.#transform = { exponent, offset };
    this.#ground = ground;
  }

  get kind(): GroundDistanceKind {
    return this.#kind;
  }

  /** Of an energy: whether E may be negative. */
  get indefinite(): boolean {
    return this.#indefinite;
  }

  /** Of an energy or a matrix: what its distances become. */
  get transform(): GroundTransform {
    return this.#transform;
  }

  /** What kernels read of the ground distance; nothing where all gaps are 1. */
  get groundNumbers(): Float32Array {
    return this.#numbers;
  }

  /** That, and behind it the class weights. */
  get constants(): Float32Array {
    const { classWeights = [] } = this;
    const all = new Float32Array(this.#numbers.length + classWeights.length);
    all.set(this.#numbers);
    all.set(classWeights, this.#numbers.length);
    return all;
  }

  /** What E is divided by. */
  get terms(): number {
    const name = NORMALIZATIONS[this.normalization];
    if (name === 'sum') return 1;
    return name === 'mean' || name === 'root-mean' ? KINDS[this.#kind].terms(this.classes) : this.classes;
  }

  get takesRoot(): boolean {
    return this.normalization >= ROOTS && this.power === 2;
  }

  #check(ground: unknown): [GroundDistanceKind, GroundValues] {
    const kind = (Object(ground) as { kind: GroundDistanceKind }).kind;
    if (!KIND_NAMES.includes(kind)) throw wrongType('groundDistance', 'ordered() or another ground distance', ground);
    const definition: GroundKind = KINDS[kind];
    const values = definition.check(ground as GroundDistanceJSON);
    const { mostClasses = this.classes } = FORMULAS[kind];
    if (this.classes > mostClasses)
      throw wrongRange('classes', `at most ${mostClasses} with ${kind} on WebGPU`, this.classes);
    const root = this.normalization >= ROOTS ? NORMALIZATIONS[this.normalization] : undefined;
    definition.requireUse?.(values, { power: this.power, root });
    if (values.classes !== undefined && values.classes !== this.classes) {
      throw wrongRange('groundDistance', `one of ${this.classes} classes`, `${kind}(${values.classes} classes)`);
    }
    return [kind, values];
  }
}
