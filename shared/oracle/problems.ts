// Random problems, each described by a few words, so that suites, fast-check and failure messages share one language.

import type { Ground, Power } from './distances.js';
import { max, sum } from './numbers.js';
import type { Normalization, Problem, Reduction } from './oracle.js';
import { Random } from './random.js';

export const GROUNDS = [
  'ordered',
  'ordered-gaps',
  'circular',
  'circular-gaps',
  'circular-wide',
  'tree-path',
  'tree-star',
  'tree-random',
  'matrix',
  'matrix-squared',
  'matrix-positive',
  'xemd1',
  'xemd2',
  'energy',
  'energy-line',
  'energy-exponent',
  'energy-indefinite',
] as const;
/** One ground distance for each kind of code path, for short runs. */
export const MAIN_GROUNDS = GROUNDS.filter((name) => !/wide|star|squared|positive|xemd2|energy-/.test(name));
export const MOODS = ['calm', 'peaked', 'sure', 'masked', 'extreme', 'assorted'] as const;

export type GroundName = (typeof GROUNDS)[number];
export type Mood = (typeof MOODS)[number];

export interface Description {
  classes: number;
  rows: number;
  inner: 'none' | 'some' | 'all';
  ground: GroundName;
  power: Power;
  input: 'logits' | 'probabilities';
  targets: 'index' | 'distribution';
  normalization: Normalization;
  reduction: Reduction;
  mix: 'emd' | 'both' | 'cross-entropy';
  weights: 'none' | 'class' | 'sample' | 'both';
  ignore: boolean;
  upstream: 'none' | 'scalar' | 'rows';
  mood: Mood;
}

/** The values of each option, for tests that combine them. */
export const CHOICES = {
  inner: ['none', 'some', 'all'],
  power: [2, 1],
  input: ['logits', 'probabilities'],
  targets: ['index', 'distribution'],
  normalization: ['sum', 'mean', 'class-mean', 'root-mean', 'nima'],
  reduction: ['mean', 'sum', 'none'],
  mix: ['emd', 'both', 'cross-entropy'],
  weights: ['none', 'class', 'sample', 'both'],
  ignore: [false, true],
  upstream: ['none', 'scalar', 'rows'],
  mood: MOODS,
} as const satisfies { [K in keyof Description]?: readonly Description[K][] };

export const PLAIN: Description = {
  classes: 8,
  rows: 7,
  inner: 'none',
  ground: 'ordered',
  power: 2,
  input: 'logits',
  targets: 'index',
  normalization: 'sum',
  reduction: 'mean',
  mix: 'emd',
  weights: 'none',
  ignore: false,
  upstream: 'none',
  mood: 'assorted',
};

export const IGNORED = -100;

/** Whether these options are compatible; incomplete descriptions are judged by the options they have. */
export function allowed({ classes = 2, rows = 0, ...d }: Partial<Description>): boolean {
  const matrix = d.ground !== undefined && isMatrix(d.ground);
  const root = d.normalization === 'root-mean' || d.normalization === 'nima';
  if (matrix && classes > 1025) return false;
  if (matrix && d.targets === 'distribution' && classes * classes * rows > 4e6) return false;
  if (classes * rows > 400_000) return false;
  if (root && (d.ground?.startsWith('xemd') || d.ground === 'energy-indefinite')) return false;
  if (d.ground && d.power && !powersOf(d.ground).includes(d.power)) return false;
  if (d.ground?.startsWith('energy') && classes * classes * rows > 4e6) return false;
  if (d.ignore && d.targets === 'distribution') return false;
  if (d.upstream === 'rows' && d.reduction !== undefined && d.reduction !== 'none') return false;
  return true;
}

/** The powers with which a ground distance can be used. */
export const powersOf = (ground: GroundName): readonly Power[] => (ground.startsWith('energy') ? [2] : [1, 2]);

/** Whether it has a distance for each pair of classes. */
export const isMatrix = (ground: GroundName) => /^(matrix|xemd|energy)/.test(ground);

interface Draw {
  labels: number[];
  rows: Float32Array[];
  /** The random numbers that follow. */
  random: Random;
}
const draws = new Map<string, Draw>();
const MOST_DRAWS = 10;

// Problems that differ only in their options have the same rows, which take longer to draw than to solve.
function draw(d: Description, seed: number): Draw {
  const key = JSON.stringify([seed, d.classes, d.rows, d.mood, d.input]);
  let known = draws.get(key);
  if (!known) {
    const random = new Random(seed);
    const labels = Array.from({ length: d.rows }, () => random.index(d.classes));
    known = { labels, rows: labels.map((label) => predictionRow(d, label, random)), random };
    if (draws.size === MOST_DRAWS) draws.delete([...draws.keys()][0]);
    draws.set(key, known);
  }
  return { ...known, random: known.random.copy() };
}

export function makeProblem(d: Description, seed: number): Problem & { predictions: Float32Array } {
  const { labels, rows, random } = draw(d, seed);
  const inner = innerOf(d);
  const problem: Problem & { predictions: Float32Array } = {
    classes: d.classes,
    inner,
    ground: makeGround(d.ground, d.classes, random),
    power: d.power,
    input: d.input,
    normalization: d.normalization,
    reduction: d.reduction,
    crossEntropyWeight: d.mix === 'emd' ? 0 : random.pick([1, 0.25]),
    emdWeight: d.mix === 'cross-entropy' ? 0 : random.pick([1, 0.3, 10]),
    predictions: layOut(rows, d.classes, inner),
    targets: { kind: 'index', values: Int32Array.from(labels) },
  };
  if (d.targets === 'distribution') {
    const distributions = labels.map((label) => distributionRow(d, label, random));
    problem.targets = { kind: 'distribution', values: layOut(distributions, d.classes, inner) };
  }
  if (d.ignore) {
    problem.ignoreIndex = IGNORED;
    problem.targets.values = Int32Array.from(labels, (label) => (random.uniform() < 0.3 ? IGNORED : label));
  }
  // Some weights are 0.
  const weight = () => (random.uniform() < 0.15 ? 0 : random.between(0.1, 3));
  if (d.weights === 'class' || d.weights === 'both') problem.classWeights = random.floats(d.classes, weight);
  if (d.weights === 'sample' || d.weights === 'both') problem.sampleWeights = random.floats(d.rows, weight);
  if (d.upstream === 'scalar') problem.upstream = random.normal();
  if (d.upstream === 'rows') problem.upstream = random.floats(d.rows, () => random.normal());
  return problem;
}

/** A batch of given rows, with defaults for everything else. */
export function problemOf(
  rows: ArrayLike<number>[],
  labels: number[],
  change: Partial<Problem> = {},
): Problem & { predictions: Float32Array } {
  return {
    classes: rows[0].length,
    ground: { kind: 'ordered' },
    predictions: layOut(rows, rows[0].length, change.inner),
    targets: { kind: 'index', values: Int32Array.from(labels) },
    ...change,
  } as Problem & { predictions: Float32Array };
}

/** Rows side by side, class by class: [outer, classes, inner]. */
export function layOut(rows: ArrayLike<number>[], classes: number, inner = 1): Float32Array {
  const result = new Float32Array(rows.length * classes);
  rows.forEach((row, b) => {
    const start = Math.floor(b / inner) * classes * inner + (b % inner);
    for (let c = 0; c < classes; c++) result[start + c * inner] = row[c];
  });
  return result;
}

function innerOf({ inner, rows }: Description): number {
  if (inner === 'none') return 1;
  if (rows === 0) return 5;
  if (inner === 'all') return rows;
  return [17, 11, 7, 5, 3, 2].find((divisor) => divisor < rows && rows % divisor === 0) ?? rows;
}

export function makeGround(name: GroundName, classes: number, random: Random): Ground {
  const lengths = (count: number) => Float64Array.from({ length: count }, () => random.between(0.25, 4));
  switch (name) {
    case 'ordered':
    case 'circular':
      return { kind: name };
    case 'ordered-gaps':
      return { kind: 'ordered', gaps: lengths(classes - 1) };
    case 'circular-gaps':
      return { kind: 'circular', gaps: lengths(classes) };
    case 'circular-wide': {
      const gaps = lengths(classes);
      gaps[random.index(classes)] *= random.between(4, 100) * classes;
      return { kind: 'circular', gaps };
    }
    case 'tree-path':
      return {
        kind: 'tree',
        parents: Int32Array.from({ length: classes }, (_, i) => (i === classes - 1 ? -1 : i + 1)),
      };
    case 'tree-star':
      return { kind: 'tree', parents: Int32Array.from({ length: classes }, (_, i) => (i === 0 ? -1 : 0)) };
    case 'tree-random':
      return { kind: 'tree', parents: randomParents(classes, random), lengths: lengths(classes) };
    case 'matrix':
      return { kind: 'matrix', distances: randomDistances(classes, random) };
    case 'matrix-squared':
      return { kind: 'matrix', distances: randomDistances(classes, random), exponent: 2 };
    case 'matrix-positive':
      return { kind: 'matrix', distances: randomDistances(classes, random), exponent: 1.5, offset: 0.25 };
    case 'xemd1':
      return { kind: 'matrix', distances: randomDistances(classes, random), exponent: 1, offset: -0.5 };
    case 'xemd2':
      return { kind: 'matrix', distances: randomDistances(classes, random), exponent: 2, offset: -0.25 };
    case 'energy':
      return { kind: 'energy', distances: distancesOfPoints(classes, 3, random) };
    case 'energy-line':
      return { kind: 'energy', distances: distancesOfPoints(classes, 1, random) };
    case 'energy-exponent':
      return { kind: 'energy', distances: distancesOfPoints(classes, 2, random), exponent: random.pick([0.5, 1.5, 2]) };
    case 'energy-indefinite':
      return { kind: 'energy', distances: randomDistances(classes, random), indefinite: true };
  }
}

// Nodes in any order: a child may come before its parent.
function randomParents(classes: number, random: Random): Int32Array {
  const names = random.shuffled(Array(classes).keys());
  const parents = new Int32Array(classes).fill(-1);
  for (let i = 1; i < classes; i++) parents[names[i]] = names[random.index(i)];
  return parents;
}

/** A symmetric matrix with a diagonal of 0. */
function pairsOf(classes: number, distance: (i: number, j: number) => number): Float32Array {
  const d = new Float32Array(classes * classes);
  for (let i = 0; i < classes; i++) {
    for (let j = 0; j < i; j++) d[i * classes + j] = d[j * classes + i] = distance(i, j);
  }
  return d;
}

const randomDistances = (classes: number, random: Random) => pairsOf(classes, () => random.between(0.05, 1));

/** Distances between random points. */
function distancesOfPoints(classes: number, dimensions: number, random: Random): Float32Array {
  const points = Array.from({ length: classes }, () => random.floats(dimensions, () => random.normal()));
  return pairsOf(classes, (i, j) => Math.sqrt(points[i].reduce((sum, x, axis) => sum + (x - points[j][axis]) ** 2, 0)));
}

function predictionRow(d: Description, label: number, random: Random): Float32Array {
  const logits = logitRow(d.mood === 'assorted' ? random.pick(MOODS.slice(0, -1)) : d.mood, d.classes, label, random);
  return d.input === 'logits' ? logits : probabilities(logits);
}

function logitRow(mood: Mood, classes: number, label: number, random: Random): Float32Array {
  switch (mood) {
    case 'peaked': {
      const row = random.floats(classes, () => 3 * random.normal());
      row[random.index(classes)] += 4;
      return row;
    }
    case 'sure': {
      // Sure, whether right or wrong. Surer rows have tests of their own among the hard rows.
      const row = random.floats(classes, () => 3 * random.normal());
      row[random.uniform() < 0.5 ? label : random.index(classes)] += random.between(15, 30);
      return row;
    }
    case 'masked': {
      const row = random.floats(classes, () => (random.uniform() < 0.4 ? -Infinity : 2 * random.normal()));
      row[label] = random.normal();
      return row;
    }
    case 'extreme':
      return random.floats(classes, () => random.between(-1e4, 1e4));
    default:
      return random.floats(classes, () => random.normal());
  }
}

/** The softmax of logits, rounded to float32. */
export function probabilities(logits: ArrayLike<number>): Float32Array {
  const largest = max(logits);
  const exponentials = new Float64Array(logits.length);
  for (let i = 0; i < logits.length; i++) exponentials[i] = Math.exp(logits[i] - largest);
  const scale = sum(exponentials);
  const result = new Float32Array(logits.length);
  for (let i = 0; i < logits.length; i++) result[i] = exponentials[i] / scale;
  return result;
}

// A few classes share the mass, or all of them, or one class has all of it. The hard rows cover targets close to predictions.
function distributionRow(d: Description, label: number, random: Random): Float32Array {
  const masses = new Float32Array(d.classes);
  switch (random.index(3)) {
    case 0:
      return probabilities(random.floats(d.classes, () => 2 * random.normal()));
    case 1:
      masses[random.index(d.classes)] = 1;
      return masses;
    default:
      masses[label] = 0.5;
      masses[random.index(d.classes)] += 0.25;
      masses[random.index(d.classes)] += 0.25;
      return masses;
  }
}
