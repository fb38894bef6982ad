import { ClassCentroids } from 'squared-emd';
import { initialParameters } from '../../shared/network.js';
import { makeGround } from '../../shared/oracle/problems.js';
import type { Random } from '../../shared/oracle/random.js';
import type { BenchProblem } from './bench-problem.js';
import { type Case, STEPS } from './case.js';

/** The loss of the first step: logits of the layer before training, and the distances learned from all features. */
export function trainingProblem(work: Case, random: Random): BenchProblem {
  const { rows, classes, ground, emdWeight, features: width = 1 } = work;
  const count = STEPS * rows;
  const features = Float32Array.from({ length: count * width }, () => Math.abs(random.normal()));
  const labels = Int32Array.from({ length: count }, (_, row) => (row * 7919) % classes);
  const parameters = initialParameters([width, classes], (low, high) => random.between(low, high));
  return {
    classes,
    inner: 1,
    ground:
      ground === 'energy'
        ? { kind: 'energy', distances: learnedDistances(features, labels, classes) }
        : makeGround(ground, classes, random),
    power: 2,
    crossEntropyWeight: 1,
    emdWeight,
    predictions: logitsOf(features.subarray(0, rows * width), parameters, { width, classes }),
    targets: { kind: 'index', values: labels.slice(0, rows) },
    training: { parameters, features, labels },
  };
}

/** Distances as SelfGuidedEmd makes them: the largest is one less than the number of classes. */
function learnedDistances(features: Float32Array, labels: Int32Array, classes: number): Float32Array {
  const centroids = new ClassCentroids({ classes, features: features.length / labels.length });
  centroids.accumulate(features, labels);
  centroids.update();
  return centroids.distances({ scale: 'max' }).map((d) => d * (classes - 1));
}

function logitsOf(
  features: Float32Array,
  parameters: Float32Array,
  { width, classes }: { width: number; classes: number },
): Float32Array {
  const logits = new Float32Array((features.length / width) * classes);
  const bias = parameters.subarray(width * classes);
  const sums = new Float64Array(classes);
  for (let row = 0; row < features.length / width; row++) {
    sums.set(bias);
    for (let k = 0; k < width; k++) {
      const x = features[row * width + k];
      for (let c = 0; c < classes; c++) sums[c] += x * parameters[k * classes + c];
    }
    logits.set(sums, row * classes);
  }
  return logits;
}
