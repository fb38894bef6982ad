// How far apart the classes are. Each constructor checks and copies its values; native code prepares them on first use.

import type { GroundHandle } from '../backends/backend.js';
import { gpuBackend, hostBackend } from '../backends/current.js';
import { CPU, Status } from '../backends/enumerations.js';
import {
  attachedLength,
  choice,
  copyNumbers,
  integer,
  isPositive,
  MAX_CLASSES,
  type Numbers,
  onlyKnown,
  optionsObject,
  SMALLEST,
} from '../checks/arguments.js';
import { EmdError, typedArrayType, wrongRange, wrongType } from '../checks/errors.js';
import { renamed } from '../checks/renamed.js';
import { arrayHandle, type DeviceArray } from '../gpu/device-array.js';
import { type Stream, streamOn } from '../gpu/stream.js';
import { copyMatrix, type DistanceMatrix } from './distance-matrix.js';
import { PreparedGrounds } from './prepared-grounds.js';

export type GroundDistanceKind = 'ordered' | 'circular' | 'tree' | 'matrix';

const KINDS: readonly GroundDistanceKind[] = ['ordered', 'circular', 'tree', 'matrix'];

interface Values {
  readonly kind: GroundDistanceKind;
  readonly classes?: number;
  /** Gaps, or edge lengths. */
  readonly weights?: Float64Array;
  readonly parents?: Int32Array;
  readonly distances?: Float32Array;
  readonly exponent?: number;
  readonly offset?: number;
  /** A matrix on a GPU, whose distances this side has not: all that it can do is compute there. */
  readonly onGpu?: { device: number; ground: GroundHandle };
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
}

/** Only this module can call the constructor: values that it gets have been checked. */
const checked = Symbol('checked');

const make = (values: Values): GroundDistance => new GroundDistance(checked, values);

let prepareNative: (ground: GroundDistance, classes: number, device: number) => GroundHandle;
let releaseOnGpu: (ground: GroundDistance) => void;

/**
 * Distances between classes, made by {@link ordered}, {@link positions}, {@link circular}, {@link tree} or
 * {@link matrix}. Immutable: what the getters return are copies.
 */
export class GroundDistance {
  readonly #values: Values;
  readonly #prepared: PreparedGrounds;

  /** @internal */
  constructor(token: typeof checked, values: Values) {
    if (token !== checked) {
      throw new TypeError('GroundDistance: made by ordered(), positions(), circular(), tree() or matrix(), not by new');
    }
    this.#values = values;
    this.#prepared = new PreparedGrounds(values.classes !== undefined);
    Object.freeze(this);
  }

  static {
    prepareNative = (ground, classes, device) => ground.#prepare(classes, device);
    releaseOnGpu = (ground) => {
      const { onGpu } = ground.#values;
      if (onGpu) hostBackend().releaseGround(onGpu.ground);
    };
  }

  /** Whether a value is a ground distance. */
  static is(value: unknown): value is GroundDistance {
    return typeof value === 'object' && value !== null && #values in value;
  }

  get kind(): GroundDistanceKind {
    return this.#values.kind;
  }

  /** The number of classes; undefined where it fits any number. */
  get classes(): number | undefined {
    return this.#values.classes;
  }

  /** Ordered: the distances between neighbours, [classes - 1]; circular: the last closes the circle, [classes]. Undefined: all 1. */
  get gaps(): Float64Array | undefined {
    return this.#values.kind === 'tree' ? undefined : this.#values.weights?.slice();
  }

  /** Tree: the class above each class, -1 for the root. */
  get parents(): Int32Array | undefined {
    return this.#values.parents?.slice();
  }

  /** Tree: the length of the edge above each class (0 for the root, which has none). Undefined: all 1. */
  get lengths(): Float64Array | undefined {
    return this.#values.kind === 'tree' ? this.#values.weights?.slice() : undefined;
  }

  /** Matrix: the distances, [classes, classes], before exponent and offset. */
  get distances(): Float32Array | undefined {
    return this.#values.distances?.slice();
  }

  get exponent(): number | undefined {
    return this.#values.exponent;
  }

  get offset(): number | undefined {
    return this.#values.offset;
  }

  toString(): string {
    const { kind, classes, weights, exponent, offset } = this.#values;
    const details: string[] = [classes === undefined ? 'any number of classes' : `${classes} classes`];
    if (kind === 'matrix') details.push(`exponent ${exponent}`, `offset ${offset}`);
    else if (weights === undefined) details.push('unit distances');
    return `${kind}(${details.join(', ')})`;
  }

  /**
   * The ground distance of which this is what `toJSON()` returned, also after `JSON.stringify` and `JSON.parse`: the same to the
   * last bit.
   * @throws TypeError, RangeError for values that are none.
   */
  static fromJSON(json: GroundDistanceJSON): GroundDistance {
    return fromPlain(json);
  }

  /** The values as plain data; absent ones are left out. */
  toJSON(): GroundDistanceJSON {
    const out: Record<string, unknown> & { kind: GroundDistanceKind } = { kind: this.kind };
    for (const name of ['classes', 'gaps', 'parents', 'lengths', 'distances', 'exponent', 'offset'] as const) {
      const value = this[name];
      if (value !== undefined) out[name] = typeof value === 'number' ? value : Array.from(value);
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
    const { kind, onGpu } = this.#values;
    if (onGpu) {
      if (onGpu.device === device) return onGpu.ground;
      throw new EmdError('INTERNAL', `groundDistance: ${this} is on GPU ${onGpu.device} alone`);
    }
    const bytes = preparedBytes(kind, classes);
    return this.#prepared.add(key, this, bytes, (into) => this.#create(classes, device, bytes, into));
  }

  #create(classes: number, device: number, bytes: number, into: GroundHandle | null): GroundHandle {
    const { kind, weights, parents, distances, exponent, offset } = this.#values;
    const created = hostBackend().createGround(
      KINDS.indexOf(kind),
      classes,
      weights ?? null,
      parents ?? null,
      distances ?? null,
      exponent ?? 1,
      offset ?? 0,
      device,
      bytes,
      into,
    );
    if (typeof created !== 'number') return created;
    if (created === Status.outOfMemory) throw new EmdError('OUT_OF_MEMORY', `groundDistance: no memory for ${this}`);
    throw new EmdError('INTERNAL', `groundDistance: native code refused ${this} (status ${created})`);
  }
}

/** About what native code holds: rows are padded. */
function preparedBytes(kind: GroundDistanceKind, classes: number): number {
  const padded = Math.ceil((classes + 1) / 128) * 128;
  return kind === 'matrix' ? 4 * padded * classes : kind === 'tree' ? 24 * classes : 16 * padded;
}

/** @throws RangeError if the ground distance is for another number of classes. */
export function requireClasses(ground: GroundDistance, classes: number): void {
  if (ground.classes !== undefined && ground.classes !== classes) {
    throw wrongRange('groundDistance', `one of ${classes} classes`, `${ground}`);
  }
}

/**
 * What native code needs for this many classes on a GPU or the CPU, made on first use; to be used at once, as it may be given up for
 * the next one. Not part of the package's interface.
 * @throws as {@link requireClasses}.
 */
export function prepare(ground: GroundDistance, classes: number, device: number): GroundHandle {
  return prepareNative(ground, classes, device);
}

/** Gives up what {@link matrixOnGpu} made, which is not used any more; calls in flight go on. Nothing for other ground distances. */
export function release(ground: GroundDistance): void {
  releaseOnGpu(ground);
}

/** For any number of classes, and for everybody: what is prepared for a size is prepared once. */
const UNIT_DISTANCES = { ordered: make({ kind: 'ordered' }), circular: make({ kind: 'circular' }) };

/** Native code computes in single precision, where a gap must be neither 0 nor infinite. */
function positive(name: string, value: number, index: number): void {
  if (!isPositive(value))
    throw wrongRange(`${name}[${index}]`, `a finite float32 number of at least ${SMALLEST}`, value);
}

/**
 * Classes in a row, as ages or grades are: `E = sum_j w_j abs(delta_j)^power`, `delta_j` the mass that has to cross
 * from class `j` to `j + 1` (Hou, Yu, Samaras, arXiv 1611.05916).
 *
 * @param gaps The distances between neighbours, [classes - 1], each greater than 0. Default: 1, for any number of classes.
 * @throws TypeError, RangeError for gaps that are no such numbers.
 */
export function ordered(gaps?: Numbers): GroundDistance {
  if (gaps === undefined) return UNIT_DISTANCES.ordered;
  const weights = copyNumbers('gaps', gaps, 1, MAX_CLASSES - 1, (name, value, index) => positive(name, value, index));
  return make({ kind: 'ordered', classes: weights.length + 1, weights });
}

/**
 * Classes in a row, at these places: {@link ordered} with the differences as gaps. For ages, scores, prices.
 *
 * @param xs The place of each class, [classes], finite and increasing.
 * @throws TypeError, RangeError for places that are no such numbers.
 */
export function positions(xs: Numbers): GroundDistance {
  let previous = 0;
  const places = copyNumbers('xs', xs, 2, MAX_CLASSES, (name, value, index) => {
    if (!Number.isFinite(value)) throw wrongRange(`${name}[${index}]`, 'a finite number', value);
    if (index > 0 && !isPositive(value - previous)) {
      const expected = `a number greater than ${previous}, by a finite float32 number of at least ${SMALLEST}`;
      throw wrongRange(`${name}[${index}]`, expected, value);
    }
    previous = value;
  });
  const weights = places.subarray(1).map((place, i) => place - places[i]);
  return make({ kind: 'ordered', classes: places.length, weights });
}

/**
 * Classes on a circle, as months or directions are: as {@link ordered}, with the rotation of the mass that costs least.
 *
 * @param gaps The distances between neighbours, [classes]; the last is the one from the last class to the first. Each
 *   is greater than 0. Default: 1, for any number of classes.
 * @throws TypeError, RangeError for gaps that are no such numbers.
 */
export function circular(gaps?: Numbers): GroundDistance {
  if (gaps === undefined) return UNIT_DISTANCES.circular;
  const weights = copyNumbers('gaps', gaps, 2, MAX_CLASSES, (name, value, index) => positive(name, value, index));
  return make({ kind: 'circular', classes: weights.length, weights });
}

/**
 * Classes that are the nodes of a rooted tree, as in a taxonomy: `E = sum_e w_e abs(m_e)^power`, `m_e` the mass that
 * has to cross edge `e` (Evans and Matsen's closed form). Every node can carry mass; the nodes are in any order.
 *
 * @param parents The class above each class, [classes]; -1 for the one root.
 * @param lengths The length of the edge above each class, [classes], greater than 0; that of the root is not read.
 *   Default: 1.
 * @throws TypeError, RangeError for parents that are no tree, or lengths that are no such numbers.
 */
export function tree(parents: readonly number[] | Int32Array, lengths?: Numbers): GroundDistance {
  const copy = copyParents(parents);
  const root = checkTree(copy);
  if (lengths === undefined) return make({ kind: 'tree', classes: copy.length, parents: copy });
  const weights = copyNumbers('lengths', lengths, copy.length, copy.length, (name, value, index) => {
    if (index !== root) positive(name, value, index);
  });
  weights[root] = 0;
  return make({ kind: 'tree', classes: copy.length, parents: copy, weights });
}

function copyParents(parents: unknown): Int32Array {
  const list = Array.isArray(parents);
  if (!list && typedArrayType(parents) !== 'Int32Array') {
    throw wrongType('parents', 'an array of numbers or an Int32Array', parents);
  }
  const length = list ? parents.length : attachedLength('parents', parents as Int32Array);
  if (!(length >= 2 && length <= MAX_CLASSES)) throw wrongRange('parents', `2..${MAX_CLASSES} elements`, parents);
  const copy = new Int32Array(length);
  for (let i = 0; i < length; i++) {
    copy[i] = integer(`parents[${i}]`, (parents as number[])[i], -1, length - 1);
  }
  return copy;
}

/** The root of a tree; throws unless the parents form one. */
function checkTree(parents: Int32Array): number {
  const root = parents.indexOf(-1);
  if (root < 0) throw new RangeError('parents: expected one root (-1), received none');
  const second = parents.indexOf(-1, root + 1);
  if (second >= 0) throw wrongRange(`parents[${second}]`, `a class, as parents[${root}] is the root already`, -1);

  // Each walk upwards ends at a node that an earlier walk has found to be below the root, or in its own steps: a cycle.
  const walkOf = new Int32Array(parents.length).fill(-1);
  walkOf[root] = parents.length;
  for (let start = 0; start < parents.length; start++) {
    let node = start;
    while (walkOf[node] === -1) {
      walkOf[node] = start;
      node = parents[node];
    }
    if (walkOf[node] === start) {
      throw wrongRange(
        `parents[${node}]`,
        `a class on the way to the root, ${root}, but it leads back to itself`,
        parents[node],
      );
    }
    for (node = start; walkOf[node] === start; node = parents[node]) walkOf[node] = parents.length;
  }
  return root;
}

/** How the cost of moving to class `k` follows from the distances: `c_i = D_ik ^ exponent + offset`. */
export interface MatrixOptions {
  /** Greater than 0; default 1. */
  exponent?: number;
  /** Default 0. Positive values move the minimum away from the right class; negative ones do not. */
  offset?: number;
}

const MATRIX_OPTIONS = { exponent: true, offset: true } as const;
const PRESETS: Readonly<Record<string, { exponent: number; offset: number }>> = {
  xemd1: { exponent: 1, offset: -0.5 },
  xemd2: { exponent: 2, offset: -0.25 },
};

/**
 * Any distances between the classes: `E = sum_i p_i^power c_i`, `c_i = D_ik^exponent + offset` for the class index `k`
 * (Hou, Yu, Samaras, arXiv 1611.05916, Eq. 16). With a distribution as target it is an expected cost: not 0 at `p = t`.
 *
 * @param distances [classes, classes], row by row or as an array of rows: finite, not negative, 0 on the diagonal,
 *   symmetric to 1e-5 of the largest (kept as `(D + D^T) / 2`, in single precision).
 * @param options Exponent and offset, or the name of a published setting: 'xemd1' (1, -0.5) or 'xemd2' (2, -0.25).
 * @throws TypeError, RangeError for distances or options that are none.
 */
export function matrix(distances: DistanceMatrix, options: MatrixOptions | 'xemd1' | 'xemd2' = {}): GroundDistance {
  const { exponent, offset } = matrixOptions(options);
  const { classes, values, largest } = copyMatrix(distances);
  const highest = largest ** exponent;
  if (!(Math.abs(Math.fround(highest + offset)) < Infinity)) {
    throw wrongRange(
      'options',
      `distance ^ exponent + offset to be a float32 number, also for ${largest}`,
      highest + offset,
    );
  }
  if (offset === 0 && largest > 0 && highest < SMALLEST) {
    throw wrongRange('exponent', `one that does not make ${highest} of the largest distance, ${largest}`, exponent);
  }
  return make({ kind: 'matrix', classes, distances: values, exponent, offset });
}

/**
 * As {@link matrix}, of distances that a GPU has computed: they are not checked, and stay there. Waits for the stream. Not part of
 * the package's interface: the ground distance works on that GPU alone.
 */
export function matrixOnGpu(
  distances: DeviceArray,
  classes: number,
  options: MatrixOptions | 'xemd1' | 'xemd2',
  stream?: Stream,
): GroundDistance {
  const { exponent, offset } = matrixOptions(options);
  const { device } = distances;
  const handle = streamOn('stream', stream, device);
  const ground = gpuBackend().groundFromDistances(
    arrayHandle('distances', distances),
    classes,
    exponent,
    offset,
    handle,
  );
  return make({ kind: 'matrix', classes, exponent, offset, onGpu: { device, ground } });
}

function matrixOptions(options: unknown): { exponent: number; offset: number } {
  if (typeof options === 'string') {
    if (!Object.hasOwn(PRESETS, options)) throw wrongType('options', "'xemd1', 'xemd2' or an object", options);
    return PRESETS[options];
  }
  onlyKnown(optionsObject(options), MATRIX_OPTIONS);
  const { exponent = 1, offset = 0 } = options as MatrixOptions;
  if (typeof exponent !== 'number') throw wrongType('exponent', 'a number', exponent);
  if (!(exponent > 0 && exponent < Infinity)) throw wrongRange('exponent', 'a finite number greater than 0', exponent);
  if (typeof offset !== 'number') throw wrongType('offset', 'a number', offset);
  if (!Number.isFinite(offset)) throw wrongRange('offset', 'a finite number', offset);
  return { exponent, offset: offset + 0 }; // no -0, which JSON would not keep
}

const PLAIN = {
  ordered: { kind: true, classes: true, gaps: true },
  circular: { kind: true, classes: true, gaps: true },
  tree: { kind: true, classes: true, parents: true, lengths: true },
  matrix: { kind: true, classes: true, distances: true, exponent: true, offset: true },
} as const satisfies Record<GroundDistanceKind, Partial<Record<keyof GroundDistanceJSON, true>>>;

const inJson = renamed(
  Object.fromEntries(
    ['gaps', 'parents', 'lengths', 'distances', 'exponent', 'offset'].map((name) => [name, `json.${name}`]),
  ),
);

function fromPlain(json: GroundDistanceJSON): GroundDistance {
  if (typeof json !== 'object' || json === null) throw wrongType('json', 'what toJSON() returned', json);
  const { kind, classes, gaps, parents, lengths, distances, exponent, offset } = json;
  onlyKnown(json, PLAIN[KINDS[choice('json.kind', kind, KINDS)]]);
  const ground = inJson(() => {
    switch (kind) {
      case 'ordered':
        return ordered(gaps);
      case 'circular':
        return circular(gaps);
      case 'tree':
        return tree(parents as number[], lengths);
      case 'matrix':
        return matrix(distances as number[], { exponent, offset });
    }
  });
  if (classes === undefined || classes === ground.classes) return ground;
  throw wrongRange('json.classes', `${ground.classes ?? 'undefined, as there are no gaps'}`, classes);
}
