// Class centroids as plain data.
import { onlyKnown } from '../checks/arguments.js';
import { wrongRange, wrongType } from '../checks/errors.js';
import type { CentroidNumbers, FeatureNorm } from './centroid-store.js';
import { pack, unpack } from './packed-numbers.js';

interface CentroidShape {
  classes: number;
  features: number;
  normalize: FeatureNorm;
  momentum: number;
}

/** The whole state of a ClassCentroids as plain data, which JSON and structured clones keep to the last bit. */
export interface CentroidState extends CentroidShape {
  version: 1;
  /** [classes, features]. Null for a class that was spoilt by a feature that is not finite. */
  sums: (number | null)[];
  counts: number[];
  /** [classes, features]. Null for a class without a centroid. */
  centroids: (number | null)[];
}

/** A {@link CentroidState} with the bytes of its larger arrays as text (base64), which takes a third of the space. */
export interface PackedCentroidState extends Omit<CentroidState, 'sums' | 'centroids'> {
  /** float64 */
  sums: string;
  /** float32 */
  centroids: string;
}

const STATE = {
  version: true,
  classes: true,
  features: true,
  normalize: true,
  momentum: true,
  sums: true,
  counts: true,
  centroids: true,
} as const satisfies Record<keyof CentroidState, true>;

/** JavaScript and JSON cannot handle longer lists of numbers. */
const MOST_NUMBERS = 2 ** 26;

const shapeOf = ({ classes, features, normalize, momentum }: CentroidShape) => ({
  classes,
  features,
  normalize,
  momentum,
});

export function listed(of: CentroidShape, { sums, counts, centroids }: Required<CentroidNumbers>): CentroidState {
  if (sums.length > MOST_NUMBERS) {
    throw wrongRange('toState', `at most ${MOST_NUMBERS} numbers, classes * features`, sums.length);
  }
  return {
    version: 1,
    ...shapeOf(of),
    sums: Array.from(sums, nullForNaN),
    counts: Array.from(counts),
    centroids: Array.from(centroids, nullForNaN),
  };
}

export function packed(of: CentroidShape, { sums, counts, centroids }: Required<CentroidNumbers>): PackedCentroidState {
  return {
    version: 1,
    ...shapeOf(of),
    sums: pack('features', sums),
    counts: Array.from(counts),
    centroids: pack('features', centroids),
  };
}

/** The classes, features and norm of a state, which the caller checks. */
export function readShape(state: unknown): CentroidShape {
  if (typeof state !== 'object' || state === null) throw wrongType('state', 'what toState() returned', state);
  onlyKnown(state, STATE);
  const { version } = state as Partial<CentroidState>;
  if (version !== 1) throw wrongRange('state.version', '1', version);
  return shapeOf(state as CentroidState);
}

/** The numbers of a state whose shape has been checked. */
export function readCentroids(state: CentroidState | PackedCentroidState): Required<CentroidNumbers> {
  const { classes, features } = state;
  const numbers = {
    sums: new Float64Array(classes * features),
    counts: new Float64Array(classes),
    centroids: new Float32Array(classes * features),
  };
  for (const name of ['sums', 'counts', 'centroids'] as const) readNumbers(`state.${name}`, state[name], numbers[name]);
  numbers.counts.forEach((count, i) => {
    if (!(Number.isSafeInteger(count) && count >= 0)) {
      throw wrongRange(`state.counts[${i}]`, 'a number of samples', count);
    }
  });
  return numbers;
}

/** Fills an array with numbers from a state. */
export function readNumbers(name: string, values: unknown, into: Float64Array | Float32Array): void {
  if (typeof values === 'string') {
    unpack(name, values, into);
    return;
  }
  if (!Array.isArray(values)) throw wrongType(name, 'an array of numbers', values);
  if (values.length !== into.length) throw wrongRange(name, `${into.length} elements`, values);
  values.forEach((value: unknown, i) => {
    if (value !== null && typeof value !== 'number') throw wrongType(`${name}[${i}]`, 'a number or null', value);
    into[i] = value ?? Number.NaN;
  });
}

const nullForNaN = (value: number): number | null => (Number.isNaN(value) ? null : value);
