// Centroids and distances between classes in float64, straight from the definitions.
import type { DistanceScale, FeatureNorm } from '../../lib/index.js';
import type { Vector } from '../../shared/oracle/numbers.js';

export interface Samples {
  classes: number;
  features: number;
  values: Vector;
  labels: ArrayLike<number>;
}

/** [classes][features]; undefined for a class without samples. */
export type Centroids = (Float64Array | undefined)[];

const NORMS: Record<FeatureNorm, (row: number[]) => number> = {
  l1: (row) => row.reduce((sum, x) => sum + Math.abs(x), 0),
  l2: (row) => Math.sqrt(row.reduce((sum, x) => sum + x * x, 0)),
  none: () => 1,
};

/** The centroids after one more epoch. */
export function centroidsOf(
  { classes, features, values, labels }: Samples,
  normalize: FeatureNorm,
  momentum: number,
  old: Centroids,
): Centroids {
  const sums = Array.from({ length: classes }, () => new Float64Array(features));
  const counts = new Float64Array(classes);
  for (let row = 0; row < labels.length; row++) {
    if (!(labels[row] >= 0)) continue; // ignored
    const own = Array.from({ length: features }, (_, f) => values[row * features + f]);
    const norm = NORMS[normalize](own);
    own.forEach((x, f) => {
      sums[labels[row]][f] += norm === 0 ? 0 : x / norm;
    });
    counts[labels[row]]++;
  }
  return sums.map((sum, c) => {
    const before = old[c];
    if (counts[c] === 0) return before;
    return sum.map((x, f) => (before ? momentum * before[f] + (1 - momentum) * (x / counts[c]) : x / counts[c]));
  });
}

export function euclidean(a: Vector, b: Vector): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return Math.sqrt(sum);
}

/** [classes, classes] */
export function distancesOf(centroids: Centroids, scale: DistanceScale): Float64Array {
  const classes = centroids.length;
  const d = centroids.map((a) => centroids.map((b) => (a && b ? euclidean(a, b) : Number.NaN)));
  const pairs = d.flatMap((row, i) => row.filter((x, j) => i !== j && !Number.isNaN(x)));
  const most = pairs.reduce((a, b) => Math.max(a, b), 0);
  const mean = pairs.reduce((a, b) => a + b, 0) / pairs.length;
  const unit = scale === 'max' ? most : scale === 'mean' ? mean : 1;
  const rank = (i: number, j: number) => d[i].filter((x) => x < d[i][j]).length / (classes - 1);
  const far = scale === 'rank' || scale === 'max' || pairs.length === 0 ? 1 : unit > 0 ? most / unit : 0;
  const result = new Float64Array(classes * classes);
  for (let i = 0; i < classes; i++) {
    for (let j = 0; j < classes; j++) {
      if (i === j) continue;
      if (Number.isNaN(d[i][j])) result[i * classes + j] = far;
      else if (scale === 'rank') result[i * classes + j] = (rank(i, j) + rank(j, i)) / 2;
      else result[i * classes + j] = unit > 0 ? d[i][j] / unit : 0;
    }
  }
  return result;
}
