// Metrics of predictions over related classes. Pure functions that load nothing native, and so work where the addon does not.
export { confusionMatrix, linearWeightedKappa, quadraticWeightedKappa } from './metrics/agreement.js';
export type { GroundDistanceLike } from './metrics/class-distances.js';
export { type DecodeOptions, decode, softmax } from './metrics/decode.js';
export {
  accuracy,
  accuracyWithin,
  type MeanDistanceOptions,
  macroAverageError,
  maximumAverageError,
  meanAbsoluteError,
  meanDistance,
} from './metrics/distance-errors.js';
export { type RankedProbabilityScoreOptions, rankedProbabilityScore } from './metrics/ranked-probability-score.js';
export type { ClassIndices, MetricOptions } from './metrics/samples.js';
