// The naive float64 reference, with which tests and benchmarks compare: every quantity straight from its definition, one row at a
// time. Two departures from the definitions keep it exact for very sure rows, where a CDF difference `P_j - 1` is noise even in
// float64: with logits and an index target, mass is summed on the far side of the target, and the entry of a dominant class is
// minus the sum of the others.

import { emdOf, type Ground, type Power } from './distances.js';
import { dot, max, oneHot, sum, type Vector } from './numbers.js';

export type Targets = { kind: 'index'; values: ArrayLike<number | bigint> } | { kind: 'distribution'; values: Vector };

export type Normalization = 'sum' | 'mean' | 'class-mean' | 'root-mean' | 'nima';
export type Reduction = 'mean' | 'sum' | 'none';

export interface Problem {
  classes: number;
  inner?: number;
  ground: Ground;
  predictions: Vector;
  targets: Targets;
  power?: Power;
  input?: 'logits' | 'probabilities';
  crossEntropyWeight?: number;
  emdWeight?: number;
  normalization?: Normalization;
  reduction?: Reduction;
  classWeights?: Vector;
  sampleWeights?: Vector;
  ignoreIndex?: number;
  upstream?: number | Vector;
}

/** The intermediate results of one row, of which the tolerances are functions. */
export interface Row {
  state: 'ignored' | 'weightless' | 'invalid' | 'valid';
  /** The row weight; with an invalid distribution only the sample weight. */
  weight: number;
  /** E before and after the normalization, and the divisor under its root. */
  emd: number;
  normalized: number;
  terms: number;
  crossEntropy: number;
  /** Gradients of `normalized` and `crossEntropy` with respect to the input. */
  emdGradient: Float64Array;
  crossEntropyGradient: Float64Array;
  /** The factor of the row's gradient: its weight and the upstream gradient, divided by the divisor of the mean. */
  factor: number;
  /** sum w for a line, a circle or a tree; max abs c for a matrix; max M for an energy. */
  scale: number;
  /** The sum of the w of boundaries crossed by less than 1e-6, whose sign is not certain in float32. */
  uncertain: number;
  /** s M_k . q of an energy, times the derivative of `normalized` with respect to E. */
  moved: number;
  probabilityNorm: number;
  /** sum_i p_i abs(g_i), g the gradient of `normalized` with respect to p. */
  absoluteSlope: number;
}

export interface OracleResult {
  loss: number;
  crossEntropy: number;
  emd: number;
  rows: number;
  nonFinite: number;
  firstNonFinite: number;
  losses: Float64Array;
  gradient: Float64Array;
  details: Row[];
}

const SMALLEST_PROBABILITY = 1.17549435e-38;
const NO_GRADIENT = new Float64Array(0);

export function oracle(problem: Problem): OracleResult {
  const { classes, targets, inner = 1, reduction = 'mean', crossEntropyWeight = 0, emdWeight = 1 } = problem;
  const count = problem.predictions.length / classes;
  const details = Array.from({ length: count }, (_, row) => {
    const target =
      targets.kind === 'index' ? Number(targets.values[row]) : targetOf(rowOf(targets.values, row, classes, inner));
    return evaluateRow(problem, row, rowOf(problem.predictions, row, classes, inner), target);
  });

  const divisor = reduction === 'mean' ? total(details, (row) => row.weight) : 1;
  const reduce = (part: (row: Row) => number) => {
    if (reduction === 'none') return Number.NaN;
    return divisor === 0 ? 0 : total(details, (row) => times(row.weight, part(row))) / divisor;
  };
  const lossOf = (row: Row) => times(crossEntropyWeight, row.crossEntropy) + times(emdWeight, row.normalized);
  const losses = Float64Array.from(details, (row) =>
    row.state === 'invalid' ? Number.NaN : finiteAsFloat32(times(row.weight, lossOf(row))),
  );
  // A row's loss that is too large for float32 is infinite, and so is every sum that contains it.
  const overflown = losses.reduce((sum, loss) => (Number.isFinite(loss) ? sum : sum + loss), 0);

  const gradient = new Float64Array(problem.predictions.length);
  details.forEach((row, index) => {
    const upstream = upstreamOf(problem, index);
    row.factor = row.weight === 0 ? 0 : (row.weight / divisor) * upstream;
    if (row.state === 'ignored' || row.state === 'weightless') return;
    const start = startOf(index, classes, inner);
    for (let c = 0; c < classes; c++) {
      gradient[start + c * inner] =
        row.state === 'invalid'
          ? Number.NaN
          : neverInfinite(
              problem,
              row.factor *
                (times(crossEntropyWeight, row.crossEntropyGradient[c]) + times(emdWeight, row.emdGradient[c])),
            );
    }
  });

  return {
    loss: reduce((row) => (row.state === 'invalid' ? Number.NaN : lossOf(row))) + overflown,
    crossEntropy: reduce((row) => row.crossEntropy),
    emd: reduce((row) => row.normalized),
    rows: details.filter((row) => row.state !== 'ignored').length,
    nonFinite: losses.filter((loss) => !Number.isFinite(loss)).length,
    firstNonFinite: losses.findIndex((loss) => !Number.isFinite(loss)),
    losses,
    gradient,
    details,
  };
}

// Where a row begins in an [outer, classes, inner] array.
const startOf = (row: number, classes: number, inner: number) =>
  Math.floor(row / inner) * classes * inner + (row % inner);

/** One row of an [outer, classes, inner] array. */
export function rowOf(values: Vector, row: number, classes: number, inner = 1): Float64Array {
  const start = startOf(row, classes, inner);
  const result = new Float64Array(classes);
  for (let c = 0; c < classes; c++) result[c] = values[start + c * inner];
  return result;
}

/** What a row of targets stands for: a class index, nothing at all, or a distribution, divided by its sum. */
function targetOf(row: Float64Array): number | Float64Array {
  if (row.every((t) => t === 0)) return NOTHING;
  if (!isDistribution(row)) return row;
  const mass = sum(row);
  return row.filter((t) => t > 0).length === 1 ? row.findIndex((t) => t > 0) : row.map((t) => t / mass);
}

/** The target of a row of zeros. */
const NOTHING = -1;

const LARGEST = 3.4028234663852886e38;

const finiteAsFloat32 = (value: number) => (Number.isFinite(Math.fround(value)) ? value : Math.fround(value));

/** A weight divided by a tiny probability may be beyond float32's range. */
function neverInfinite({ input }: Problem, value: number): number {
  return input === 'probabilities' ? Math.min(Math.max(value, -LARGEST), LARGEST) : value;
}

// A term with weight 0 does not count, whatever its value.
const times = (weight: number, value: number) => (weight === 0 ? 0 : weight * value);

const total = (rows: Row[], part: (row: Row) => number) => rows.reduce((sum, row) => sum + part(row), 0);

function upstreamOf({ upstream = 1 }: Problem, row: number): number {
  return typeof upstream === 'number' ? upstream : upstream[row];
}

function evaluateRow(problem: Problem, index: number, values: Float64Array, target: number | Float64Array): Row {
  const { classes, input = 'logits', power = 2, normalization = 'sum' } = problem;
  const ignored = problem.targets.kind === 'index' ? problem.ignoreIndex : NOTHING;
  if (typeof target === 'number' && target === ignored) return emptyRow('ignored', 0);

  const sampleWeight = problem.sampleWeights?.[index] ?? 1;
  if (sampleWeight === 0) return emptyRow('weightless', 0);
  if (!isDistribution(target)) return emptyRow('invalid', sampleWeight);
  const weight = sampleWeight * classWeight(problem.classWeights, target);
  if (weight === 0) return emptyRow('weightless', 0);
  // The weight of a row does not depend on its predictions, so that it does not affect the gradients of other rows.
  if (!isReadable(values, input)) return emptyRow('invalid', weight);

  const p = input === 'logits' ? softmax(values) : values;
  const emd = emdOf(problem.ground, p, target, power, input === 'logits');
  const { value, slope, terms } = normalize(emd.value, normalization, power, emd.terms, classes);
  const emdGradient = (input === 'logits' ? throughSoftmax(p, emd.gradient) : emd.gradient).map((g) => times(slope, g));
  const xe = input === 'logits' ? crossEntropyOfLogits(values, p, target) : crossEntropyOfProbabilities(p, target);

  return {
    state: 'valid',
    weight,
    emd: emd.value,
    normalized: value,
    terms,
    crossEntropy: xe.value,
    emdGradient,
    crossEntropyGradient: xe.gradient,
    factor: 0,
    scale: emd.scale,
    uncertain: emd.uncertain,
    moved: slope * (emd.moved ?? 0),
    probabilityNorm: Math.sqrt(dot(p, p)),
    absoluteSlope: slope * dot(p, emd.gradient.map(Math.abs)),
  };
}

function emptyRow(state: Row['state'], weight: number): Row {
  const value = state === 'invalid' ? Number.NaN : 0;
  return {
    state,
    weight,
    emd: value,
    normalized: value,
    terms: 0,
    crossEntropy: value,
    emdGradient: NO_GRADIENT,
    crossEntropyGradient: NO_GRADIENT,
    factor: 0,
    scale: 0,
    uncertain: 0,
    moved: 0,
    probabilityNorm: 0,
    absoluteSlope: 0,
  };
}

function isDistribution(target: number | Float64Array): boolean {
  if (typeof target === 'number') return true;
  return target.every((t) => t >= 0 && t < Infinity);
}

function isReadable(values: Float64Array, input: 'logits' | 'probabilities'): boolean {
  if (input === 'probabilities') return values.every(Number.isFinite);
  return values.every((z) => z < Infinity) && values.some((z) => z > -Infinity);
}

function classWeight(weights: Vector | undefined, target: number | Float64Array): number {
  if (!weights) return 1;
  return typeof target === 'number' ? weights[target] : dot(weights, target);
}

function softmax(logits: Float64Array): Float64Array {
  const largest = max(logits);
  const p = new Float64Array(logits.length);
  for (let i = 0; i < p.length; i++) p[i] = Math.exp(logits[i] - largest);
  const scale = sum(p);
  for (let i = 0; i < p.length; i++) p[i] /= scale;
  return p;
}

// The chain rule dz_i = p_i (g_i - sum_j p_j g_j).
function throughSoftmax(p: Float64Array, g: Float64Array): Float64Array {
  const mean = dot(p, g);
  const gradient = new Float64Array(p.length);
  for (let i = 0; i < p.length; i++) gradient[i] = p[i] === 0 ? 0 : p[i] * (g[i] - mean);
  return balanceDominant(p, gradient);
}

// Entries add up to 0. That of a probability near 1 is a difference of nearly equal numbers; the sum of the others is not.
function balanceDominant(p: Float64Array, gradient: Float64Array): Float64Array {
  const dominant = p.findIndex((q) => q > 0.5);
  if (dominant >= 0) {
    gradient[dominant] = 0;
    gradient[dominant] = -sum(gradient);
  }
  return gradient;
}

function normalize(emd: number, kind: Normalization, power: Power, terms: number, classes: number) {
  if (kind === 'sum') return { value: emd, slope: 1, terms: 1 };
  const divisor = kind === 'nima' || kind === 'class-mean' ? classes : terms;
  const mean = emd / divisor;
  if (kind === 'mean' || kind === 'class-mean' || power === 1)
    return { value: mean, slope: 1 / divisor, terms: divisor };
  const root = Math.sqrt(mean);
  return { value: root, slope: root === 0 ? 0 : 0.5 / (root * divisor), terms: divisor };
}

function crossEntropyOfLogits(z: Float64Array, p: Float64Array, target: number | Float64Array) {
  const t = typeof target === 'number' ? oneHot(z.length, target) : target;
  const largest = z.indexOf(max(z));
  // log sum exp = z_largest + log1p(the rest), which keeps the digits of rows that are sure and right.
  let rest = 0;
  for (let i = 0; i < z.length; i++) if (i !== largest) rest += Math.exp(z[i] - z[largest]);
  let value = Math.log1p(rest);
  for (let i = 0; i < z.length; i++) if (t[i] !== 0) value += t[i] * (z[largest] - z[i]);
  return {
    value,
    gradient: balanceDominant(
      p,
      p.map((q, i) => q - t[i]),
    ),
  };
}

function crossEntropyOfProbabilities(p: Float64Array, target: number | Float64Array) {
  const t = typeof target === 'number' ? oneHot(p.length, target) : target;
  const q = p.map((value) => Math.max(value, SMALLEST_PROBABILITY));
  return {
    value: t.reduce((s, mass, i) => (mass === 0 ? s : s - mass * Math.log(q[i])), 0),
    gradient: t.map((mass, i) => (mass === 0 || p[i] < SMALLEST_PROBABILITY ? 0 : -mass / p[i])),
  };
}
