// The learned distance in double precision, written naively.
import type { BenchProblem } from '../cases/bench-problem.js';

/** Sums of the features of each class, [classes, features]. */
export function classSums({ classes, features = new Float32Array(0), targets }: BenchProblem): Float64Array {
  const width = features.length / targets.values.length;
  const sums = new Float64Array(classes * width);
  features.forEach((value, i) => {
    sums[targets.values[Math.floor(i / width)] * width + (i % width)] += value;
  });
  return sums;
}

/** Euclidean distances between the rows of the features, [classes, classes]. */
export function classDistances({ classes, features = new Float32Array(0) }: BenchProblem): Float64Array {
  const width = features.length / classes;
  const distances = new Float64Array(classes * classes);
  for (let i = 0; i < classes; i++) {
    for (let j = 0; j < i; j++) {
      let sum = 0;
      for (let k = 0; k < width; k++) sum += (features[i * width + k] - features[j * width + k]) ** 2;
      distances[i * classes + j] = distances[j * classes + i] = Math.sqrt(Math.fround(sum));
    }
  }
  return distances;
}

/** The share of classes that are nearer to i than j is, made symmetric by a mean. */
export function ranks(distances: Float64Array, classes: number): Float64Array {
  const shares = new Float64Array(distances.length);
  for (let i = 0; i < classes; i++) {
    const row = distances.subarray(i * classes, (i + 1) * classes);
    const sorted = row.slice().sort();
    const first = new Map<number, number>();
    sorted.forEach((d, place) => {
      if (!first.has(d)) first.set(d, place);
    });
    row.forEach((d, j) => {
      shares[i * classes + j] = (first.get(d) as number) / (classes - 1);
    });
  }
  return shares.map((value, at) => (value + shares[(at % classes) * classes + Math.floor(at / classes)]) / 2);
}
