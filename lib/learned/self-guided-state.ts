// The self-guided loss as plain data.
import { integer, onlyKnown, optionsObject, weight } from '../checks/arguments.js';
import { wrongRange, wrongType } from '../checks/errors.js';
import { MAX_CLASSES } from '../checks/limits.js';
import { type CentroidState, type PackedCentroidState, readNumbers } from './centroid-state.js';
import { pack, unpack } from './packed-numbers.js';
import { MAX_EPOCHS, type SelfGuidedOptions } from './self-guided-options.js';

/** `prior` has the same form as `distances` of the state. */
type StateOptions = Omit<SelfGuidedOptions, 'classWeights' | 'device' | 'prior'> & {
  classWeights?: number[];
  prior?: string;
};

interface Course {
  epoch: number;
  /** Lambda, once the rule has found it. */
  emdWeight: number | null;
  /** The sums of the rule in the epoch before the EMD enters the loss, [0, 0] in others. */
  recorded: [crossEntropy: number, emd: number];
}

/**
 * The whole state of a SelfGuidedEmd as plain data, which JSON and structured clones keep to the last bit. Its arrays are text
 * (base64 of their bytes): 16 bytes per class and feature, and 2.7 per pair of classes; 11 MB for 1000 classes and 512 features.
 */
export interface SelfGuidedState extends Course {
  version: 2;
  options: StateOptions;
  /** Whether batches of the epoch have been evaluated. */
  evaluated: boolean;
  centroids: PackedCentroidState;
  /** The distances in use: the part above the diagonal as float32, row by row. Null while there are none. */
  distances: string | null;
  /** The distances of earlier epochs that are kept, in the same form, oldest first. */
  history: string[];
}

/**
 * What was saved before version 2 of the format. It is read as a state with the preset 'matrix', unless it names another, and
 * with its whole history.
 */
export interface SelfGuidedStateV1 extends Course {
  version: 1;
  options: StateOptions;
  centroids: CentroidState;
  history: number[][];
}

const STATE = {
  version: true,
  options: true,
  epoch: true,
  evaluated: true,
  emdWeight: true,
  recorded: true,
  centroids: true,
  distances: true,
  history: true,
} as const satisfies Record<keyof SelfGuidedState, true>;

/** What a state says about the past, besides centroids. */
export interface Past {
  epoch: number;
  lambda: number | undefined;
  recorded: [crossEntropy: number, emd: number];
  evaluated: boolean;
  /** The distances in use, [classes, classes]; undefined while there are none. */
  distances: Float32Array | undefined;
  /** The distances of earlier epochs that are kept. */
  earlier: Float32Array[];
}

/** Symmetric distances as text. */
export function packDistances(distances: Float32Array, classes: number): string {
  const above = new Float32Array((classes * (classes - 1)) / 2);
  let at = 0;
  for (let i = 0; i < classes; i++) {
    above.set(distances.subarray(i * classes + i + 1, (i + 1) * classes), at);
    at += classes - i - 1;
  }
  return pack('classes', above);
}

function unpackDistances(name: string, text: unknown, classes: number): Float32Array {
  const above = new Float32Array((classes * (classes - 1)) / 2);
  unpack(name, text, above);
  const distances = new Float32Array(classes * classes);
  let at = 0;
  for (let i = 0; i < classes; i++) {
    for (let j = i + 1; j < classes; j++) distances[i * classes + j] = distances[j * classes + i] = above[at++];
  }
  return distances;
}

/** The options in a state of either version. They are checked where they are used. */
export function readOptions(state: SelfGuidedState | SelfGuidedStateV1): Omit<SelfGuidedOptions, 'device'> {
  if (typeof state !== 'object' || state === null) throw wrongType('state', 'what toState() returned', state);
  onlyKnown(state, STATE);
  const { version } = state;
  if (version !== 1 && version !== 2) throw wrongRange('state.version', '1 or 2', version);
  const { classWeights, preset, prior, ...options } = optionsObject(state.options) as StateOptions;
  return {
    ...(version === 1 && { history: 'all' }),
    ...options,
    preset: preset ?? 'matrix',
    ...(classWeights !== undefined && { classWeights: Float32Array.from(classWeights) }),
    ...(prior !== undefined && { prior: readPrior(prior, options.classes) }),
  };
}

/** @param kept The number of epochs whose distances are kept. */
export function readPast(
  state: SelfGuidedState | SelfGuidedStateV1,
  classes: number,
  kept: number,
  preset: SelfGuidedOptions['preset'],
): Past {
  const epoch = integer('state.epoch', state.epoch, 0, MAX_EPOCHS);
  const lambda = state.emdWeight === null ? undefined : weight('state.emdWeight', state.emdWeight);
  const recorded = new Float64Array(2);
  readNumbers('state.recorded', state.recorded, recorded);
  const { history } = state;
  if (!Array.isArray(history)) throw wrongType('state.history', 'an array', history);
  const count = state.version === 1 ? epoch : Math.max(0, Math.min(epoch, kept) - 1);
  if (history.length !== count) throw wrongRange('state.history', `${count} elements (one per epoch)`, history);
  const read = (name: string, values: unknown) =>
    state.version === 1 ? listedDistances(name, values, classes) : unpackDistances(name, values, classes);
  const earlier = history.map((values, i) => read(`state.history[${i}]`, values));
  let distances: Float32Array | undefined;
  if (state.version === 1) distances = earlier.pop();
  else if (epoch > 0 || (preset === 'energy' && state.distances !== null)) {
    distances = read('state.distances', state.distances);
  } else if (state.distances !== null) throw wrongType('state.distances', 'null in epoch 0', state.distances);
  const evaluated = state.version === 2 && (state.evaluated ?? false);
  if (typeof evaluated !== 'boolean') throw wrongType('state.evaluated', 'a boolean', evaluated);
  return { epoch, lambda, recorded: [recorded[0], recorded[1]], distances, earlier, evaluated };
}

function readPrior(prior: unknown, classes: unknown): Float32Array {
  return unpackDistances('state.options.prior', prior, integer('state.options.classes', classes, 2, MAX_CLASSES));
}

function listedDistances(name: string, values: unknown, classes: number): Float32Array {
  const distances = new Float32Array(classes * classes);
  readNumbers(name, values, distances);
  return distances;
}
