// A ground distance: checked values, which a backend prepares on first use.

import type { GroundHandle } from '../backends/backend.js';
import { hostBackend } from '../backends/current.js';
import { CPU, Status } from '../backends/enumerations.js';
import { choice, onlyKnown } from '../checks/arguments.js';
import { EmdError } from '../checks/emd-error.js';
import { wrongRange, wrongType } from '../checks/errors.js';
import { MAX_CLASSES } from '../checks/limits.js';
import { renamed } from '../checks/renamed.js';
import type { GroundKind, GroundUse, GroundValues } from './kind.js';
import { type GroundDistanceKind, KIND_NAMES, KINDS } from './kinds.js';
import { PreparedGrounds } from './prepared-grounds.js';

/** A matrix whose distances are only on a GPU, and which can do nothing but compute there. */
interface OnGpu {
  readonly device: number;
  readonly ground: GroundHandle;
}

/** A {@link GroundDistance} as plain data. */
export interface GroundDistanceJSON {
  kind: GroundDistanceKind;
  classes?: number;
  gaps?: number[];
  parents?: number[];
  lengths?: number[];
  distances?: number[];
  exponent?: number;
  offset?: number;
  indefinite?: boolean;
}

/** What ground distances of every copy of the package have. */
const MARK = Symbol.for('squared-emd: a ground distance');

/** Only this module can call the constructor, so that all values it gets have been checked. */
const checked = Symbol('checked');

let prepareNative: (ground: GroundDistance, classes: number, device: number) => GroundHandle;
let isOwn: (value: unknown) => value is GroundDistance;
let releaseOnGpu: (ground: GroundDistance) => void;

/**
 * Distances between classes, made by `ordered()` and the other functions that return one. Immutable: the getters return copies.
 */
export class GroundDistance {
  readonly #kind: GroundDistanceKind;
  readonly #values: GroundValues;
  readonly #onGpu: OnGpu | undefined;
  readonly #prepared: PreparedGrounds;

  /** @internal */
  constructor(token: typeof checked, kind: GroundDistanceKind, values: GroundValues, onGpu?: OnGpu) {
    if (token !== checked) {
      throw new TypeError('GroundDistance: made by ordered() and the other functions that return one, not by new');
    }
    this.#kind = kind;
    this.#values = values;
    this.#onGpu = onGpu;
    this.#prepared = new PreparedGrounds(values.classes !== undefined);
    Object.freeze(this);
  }

  static {
    prepareNative = (ground, classes, device) => ground.#prepare(classes, device);
    isOwn = (value): value is GroundDistance => typeof value === 'object' && value !== null && #values in value;
    releaseOnGpu = (ground) => {
      const onGpu = isOwn(ground) && ground.#onGpu;
      if (onGpu) hostBackend().releaseGround(onGpu.ground);
    };
  }

  /** Whether a value is a ground distance, of this entry point of the package or another, of this copy or another. */
  static is(value: unknown): value is GroundDistance {
    return isOwn(value) || isForeign(value);
  }

  get [MARK](): true {
    return true;
  }

  get kind(): GroundDistanceKind {
    return this.#kind;
  }

  /** The number of classes; undefined if it fits any number. */
  get classes(): number | undefined {
    return this.#values.classes;
  }

  /**
   * Ordered: the distances between neighbours, [classes - 1]. Circular: the same and, last, the one that closes the circle,
   * [classes]. Undefined: all 1.
   */
  get gaps(): Float64Array | undefined {
    return this.#values.gaps?.slice();
  }

  /** Tree: the class above each class, -1 for the root. */
  get parents(): Int32Array | undefined {
    return this.#values.parents?.slice();
  }

  /** Tree: the length of the edge above each class (0 for the root, which has none). Undefined: all 1. */
  get lengths(): Float64Array | undefined {
    return this.#values.lengths?.slice();
  }

  /** Matrix and energy: the distances, [classes, classes], before exponent and offset. */
  get distances(): Float32Array | undefined {
    return this.#values.distances?.slice();
  }

  get exponent(): number | undefined {
    return this.#values.exponent;
  }

  get offset(): number | undefined {
    return this.#values.offset;
  }

  /** Energy: whether E may be negative. */
  get indefinite(): boolean | undefined {
    return this.#values.indefinite;
  }

  toString(): string {
    const { classes } = this.#values;
    const details = [
      classes === undefined ? 'any number of classes' : `${classes} classes`,
      ...KINDS[this.#kind].describe(this.#values),
    ];
    return `${this.#kind}(${details.join(', ')})`;
  }

  /**
   * Restores a ground distance, to the last bit, from what its `toJSON()` returned, also after `JSON.stringify` and `JSON.parse`.
   * @throws TypeError, RangeError for invalid values.
   */
  static fromJSON(json: GroundDistanceJSON): GroundDistance {
    return fromPlain(json);
  }

  /** The values as plain data; absent ones are left out. */
  toJSON(): GroundDistanceJSON {
    const out: Record<string, unknown> & { kind: GroundDistanceKind } = { kind: this.kind };
    for (const name of [
      'classes',
      'gaps',
      'parents',
      'lengths',
      'distances',
      'exponent',
      'offset',
      'indefinite',
    ] as const) {
      const value = this[name];
      if (value !== undefined) out[name] = typeof value === 'object' ? Array.from(value) : value;
    }
    return out;
  }

  [Symbol.for('nodejs.util.inspect.custom')](
    _depth: number,
    options: object,
    inspect: (value: unknown, options: object) => string,
  ): string {
    return `GroundDistance ${inspect(this.toJSON(), options)}`;
  }

  #prepare(classes: number, device: number): GroundHandle {
    const key = (device - CPU) * 2 * MAX_CLASSES + classes;
    return this.#prepared.find(key) ?? this.#add(key, classes, device);
  }

  #add(key: number, classes: number, device: number): GroundHandle {
    requireClasses(this, classes);
    const onGpu = this.#onGpu;
    if (onGpu) {
      if (onGpu.device === device) return onGpu.ground;
      throw new EmdError('INTERNAL', `groundDistance: ${this} is on GPU ${onGpu.device} alone`);
    }
    const bytes = KINDS[this.#kind].bytes(classes, Math.ceil((classes + 1) / 128) * 128);
    return this.#prepared.add(key, this, bytes, (into) => this.#create(classes, device, bytes, into));
  }

  #create(classes: number, device: number, bytes: number, into: GroundHandle | null): GroundHandle {
    const { gaps, lengths, parents, distances, exponent, offset, indefinite } = this.#values;
    const created = hostBackend().createGround(
      KIND_NAMES.indexOf(this.#kind),
      classes,
      gaps ?? lengths ?? null,
      parents ?? null,
      distances ?? null,
      exponent ?? 1,
      offset ?? 0,
      indefinite ?? false,
      device,
      bytes,
      into,
    );
    if (typeof created !== 'number') return created;
    if (created === Status.outOfMemory) throw new EmdError('OUT_OF_MEMORY', `groundDistance: no memory for ${this}`);
    throw new EmdError('INTERNAL', `groundDistance: native code refused ${this} (status ${created})`);
  }
}

/** @throws RangeError if a loss cannot use the ground distance in this way. */
export function requireUse(ground: GroundDistance, use: GroundUse): void {
  const kind: GroundKind = KINDS[ground.kind];
  kind.requireUse?.(ground, use);
}

/** @throws RangeError if the ground distance is for another number of classes. */
export function requireClasses(ground: GroundDistance, classes: number): void {
  if (ground.classes !== undefined && ground.classes !== classes) {
    throw wrongRange('groundDistance', `one of ${classes} classes`, `${ground}`);
  }
}

/**
 * The ground distance as the backend prepares it for this many classes, on a GPU or the CPU; made on first use. It must be used
 * at once, as the next one may replace it. Not part of the package's interface.
 * @throws as {@link requireClasses}.
 */
export function prepare(ground: GroundDistance, classes: number, device: number): GroundHandle {
  return prepareNative(isOwn(ground) ? ground : adopted(ground), classes, device);
}

function isForeign(value: unknown): value is GroundDistance {
  if (typeof value !== 'object' || value === null) return false;
  try {
    const { kind, [MARK]: mark } = value as { kind?: unknown; [MARK]?: unknown };
    return mark === true && KIND_NAMES.includes(kind as GroundDistanceKind);
  } catch {
    return false; // an object that was made from the prototype alone
  }
}

/** Those that other copies of the package have made, as this one's. */
const foreign = new WeakMap<GroundDistance, GroundDistance>();

function adopted(ground: GroundDistance): GroundDistance {
  const known = foreign.get(ground);
  if (known !== undefined) return known;
  if (
    ground.classes !== undefined &&
    ground.distances === undefined &&
    (KINDS[ground.kind] as GroundKind).values.includes('distances')
  ) {
    throw wrongType('groundDistance', 'one of this copy of squared-emd, as it is on a GPU', `${ground}`);
  }
  const own = GroundDistance.fromJSON(ground.toJSON());
  foreign.set(ground, own);
  return own;
}

/**
 * Releases a ground distance made by `groundOnGpu` that is no longer used, without disturbing calls in flight. Does nothing for
 * others.
 */
export function release(ground: GroundDistance): void {
  releaseOnGpu(ground);
}

/** Those that fit any number of classes are shared, so that each size is prepared only once. */
const unitDistances = new Map<GroundDistanceKind, GroundDistance>();

/** A ground distance of values that have been checked. Not part of the package's interface. */
export function groundDistance(kind: GroundDistanceKind, values: GroundValues, onGpu?: OnGpu): GroundDistance {
  if (values.classes !== undefined) return new GroundDistance(checked, kind, values, onGpu);
  const known = unitDistances.get(kind) ?? new GroundDistance(checked, kind, values);
  unitDistances.set(kind, known);
  return known;
}

const JSON_NAMES = Object.fromEntries(
  Object.values(KINDS).flatMap(({ values }) => values.map((name) => [name, `json.${name}`])),
);

function fromPlain(json: GroundDistanceJSON): GroundDistance {
  if (typeof json !== 'object' || json === null) throw wrongType('json', 'what toJSON() returned', json);
  const kind = KIND_NAMES[choice('json.kind', json.kind, KIND_NAMES)];
  const { values, check } = KINDS[kind];
  onlyKnown(json, Object.fromEntries(['kind', 'classes', ...values].map((name) => [name, true])));
  const { classes } = json;
  const ground = groundDistance(
    kind,
    renamed(JSON_NAMES)(() => check(json)),
  );
  if (classes === undefined || classes === ground.classes) return ground;
  throw wrongRange('json.classes', `${ground.classes ?? 'undefined, as there are no gaps'}`, classes);
}
