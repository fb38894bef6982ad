// Compares distances between classes with the oracle's.
import * as assert from 'uvu/assert';
import { type Centroids, distancesOf, euclidean } from './oracle-centroids.js';

/**
 * Asserts that numbers agree to this relative tolerance, below 0.001 to an absolute one, and that NaN is where it is expected.
 */
export function close(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number, what: string): void {
  assert.is(actual.length, expected.length, what);
  for (let i = 0; i < expected.length; i++) {
    const good = Number.isNaN(expected[i])
      ? Number.isNaN(actual[i])
      : Math.abs(actual[i] - expected[i]) <= tolerance * Math.max(1e-3, Math.abs(expected[i]));
    if (!good) assert.unreachable(`${what}[${i}]: expected ${expected[i]}, received ${actual[i]}`);
  }
}

/** Centroids as the library keeps them, in float32, [classes, features], NaN for a class without. */
export function keptCentroids(centroids: Float32Array, features: number): Centroids {
  return Array.from({ length: centroids.length / features }, (_, c) => {
    const one = Float64Array.from(centroids.subarray(c * features, (c + 1) * features));
    return one.some(Number.isNaN) ? undefined : one;
  });
}

/** Asserts ranks, which may jump where two distances are equal up to rounding. */
export function closeRanks(actual: Float32Array, centroids: Centroids, what: string): void {
  const classes = centroids.length;
  const d = centroids.map((a) => centroids.map((b) => (a && b ? euclidean(a, b) : Number.NaN)));
  const expected = distancesOf(centroids, 'rank');
  const doubts = (i: number, j: number) =>
    d[i].filter((x, l) => l !== j && Math.abs(x - d[i][j]) <= 3e-6 * d[i][j]).length / (classes - 1);
  for (let i = 0; i < classes; i++) {
    for (let j = 0; j < classes; j++) {
      const allowed = 1e-6 + (doubts(i, j) + doubts(j, i)) / 2;
      const at = i * classes + j;
      if (!(Math.abs(actual[at] - expected[at]) <= allowed)) {
        assert.unreachable(`${what}[${i}, ${j}]: expected ${expected[at]}, received ${actual[at]}`);
      }
    }
  }
}
