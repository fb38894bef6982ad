// What contenders compute.
import type { Problem, Targets } from '../../shared/oracle/oracle.js';

/** What a layer is trained on in an epoch. */
export interface TrainingData {
  /** Weights and bias at the beginning. */
  parameters: Float32Array;
  /** [steps, rows, features], not negative, as behind a ReLU. */
  features: Float32Array;
  /** [steps, rows] */
  labels: Int32Array;
}

/** A problem whose arrays have the types that calls take. */
export interface BenchProblem extends Problem {
  /** [rows, features], or of each class where distances are the work. */
  features?: Float32Array;
  training?: TrainingData;
  predictions: Float32Array;
  targets: Targets & { values: Float32Array | Int32Array };
}
