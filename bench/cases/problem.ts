import { ClassCentroids } from 'squared-emd';
import { makeGround } from '../../shared/oracle/problems.js';
import { Random } from '../../shared/oracle/random.js';
import type { BenchProblem } from './bench-problem.js';
import { type Case, workOf } from './case.js';
import { trainingProblem } from './training-problem.js';

const SEED = 1;
const DIFFUSE = 2;
const CONFIDENT = 30;
const RIGHT = 0.8;

/** The problem of a case: the same numbers each time. */
export function problemOf(work: Case): BenchProblem {
  const { rows, classes, inner = 1, ground, power = 2, crossEntropyWeight = 0, confident = false } = work;
  const random = new Random(SEED);
  if (workOf(work) === 'epoch') return trainingProblem(work, random);
  if (workOf(work) !== 'loss') return learnedProblem(work, random);
  const predictions = normals(rows * classes, confident ? CONFIDENT : DIFFUSE, random);
  return {
    classes,
    inner,
    ground: makeGround(ground, classes, random),
    power,
    crossEntropyWeight,
    predictions,
    targets:
      work.targets === 'distribution'
        ? { kind: 'distribution', values: distributions(work, random) }
        : { kind: 'index', values: labels(work, predictions, random) },
  };
}

/** Features are not negative, as behind a ReLU. */
function learnedProblem(work: Case, random: Random): BenchProblem {
  const { rows, classes, features: width = 1 } = work;
  const count = workOf(work) === 'distances' || workOf(work) === 'ranks' ? classes : rows;
  // Ranks get whole numbers, so that equal distances stay equal, however they are rounded.
  const features =
    workOf(work) === 'ranks'
      ? Float32Array.from({ length: count * width }, () => random.index(1000))
      : normals(count * width, 1, random).map(Math.abs);
  const values = Int32Array.from({ length: rows }, (_, row) => (row * 7919) % classes);
  const predictions = normals(workOf(work) === 'self-guided' ? rows * classes : 0, DIFFUSE, random);
  const centroids = new ClassCentroids({ classes, features: width });
  if (workOf(work) === 'self-guided') {
    centroids.accumulate(features, values);
    centroids.update();
  }
  return {
    classes,
    inner: 1,
    ground: { kind: 'matrix', distances: workOf(work) === 'self-guided' ? centroids.distances() : new Float32Array(0) },
    power: 2,
    crossEntropyWeight: 1,
    predictions,
    targets: { kind: 'index', values },
    features,
  };
}

function normals(length: number, deviation: number, random: Random): Float32Array {
  const values = new Float32Array(length);
  for (let i = 0; i < length; i++) values[i] = deviation * random.normal();
  return values;
}

function labels({ rows, classes, inner = 1, confident }: Case, predictions: Float32Array, random: Random): Int32Array {
  const targets = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    targets[row] =
      confident && random.uniform() < RIGHT
        ? largest(predictions, Math.floor(row / inner) * classes * inner + (row % inner), classes, inner)
        : random.index(classes);
  }
  return targets;
}

function largest(values: Float32Array, start: number, count: number, stride: number): number {
  let best = 0;
  for (let i = 1; i < count; i++) if (values[start + i * stride] > values[start + best * stride]) best = i;
  return best;
}

/** Soft labels: a class and the two after it share the mass. */
function distributions({ rows, classes }: Case, random: Random): Float32Array {
  const targets = new Float32Array(rows * classes);
  for (let row = 0; row < rows; row++) {
    const start = row * classes;
    const label = random.index(classes);
    for (const [step, mass] of [0.5, 0.375, 0.125].entries()) targets[start + ((label + step) % classes)] += mass;
  }
  return targets;
}
