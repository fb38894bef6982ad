// The loss for TensorFlow.js.
export type { FitCallback } from './callback.js';
export type { FeatureLayer, FeatureModel } from './features.js';
export { emdLoss, type TfjsEmdOptions, type TfjsLoss } from './loss.js';
export * as metrics from './metrics.js';
export {
  type SelfGuidedTfjsOptions,
  type SelfGuidedTraining,
  selfGuided,
} from './self-guided.js';
