// The loss for TensorFlow.js.
export { emdLoss, type TfjsEmdOptions, type TfjsLoss } from './tfjs/loss';
export * as metrics from './tfjs/metrics';
export {
  type FeatureLayer,
  type FeatureModel,
  type SelfGuidedTfjsOptions,
  type SelfGuidedTraining,
  selfGuided,
} from './tfjs/self-guided';
