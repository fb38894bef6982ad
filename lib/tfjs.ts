// The loss for TensorFlow.js.
export type { FitCallback } from './tfjs/callback';
export type { FeatureLayer, FeatureModel } from './tfjs/features';
export { emdLoss, type TfjsEmdOptions, type TfjsLoss } from './tfjs/loss';
export * as metrics from './tfjs/metrics';
export {
  type SelfGuidedTfjsOptions,
  type SelfGuidedTraining,
  selfGuided,
} from './tfjs/self-guided';
