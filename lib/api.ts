// What the package exports with every backend. What is for GPUs only is in lib/gpu/index.ts.
export { useModule } from './backends/wasm/module.js';
export type { Numbers } from './checks/arguments.js';
export { EmdError, type EmdErrorCode } from './checks/emd-error.js';
export * from './distances/constructors.js';
export { GroundDistance, type GroundDistanceJSON } from './distances/ground-distance.js';
export type { GroundDistanceKind } from './distances/kinds.js';
export { type CudaDevice, type CudaReason, type CudaStatus, cuda } from './gpu/cuda.js';
export { type Info, info, setThreads } from './info.js';
export type { CentroidState, PackedCentroidState } from './learned/centroid-state.js';
export type { FeatureNorm } from './learned/centroid-store.js';
export {
  type AccumulateOptions,
  type CentroidOptions,
  type CentroidStream,
  ClassCentroids,
  type DistanceOptions,
  type DistanceScale,
} from './learned/class-centroids.js';
export { type PairwiseOptions, pairwiseDistances } from './learned/pairwise-distances.js';
export { SelfGuidedEmd } from './learned/self-guided-emd.js';
export type { ObserveOptions, SelfGuidedBatch, SelfGuidedOptions } from './learned/self-guided-options.js';
export type { SelfGuidedState, SelfGuidedStateV1 } from './learned/self-guided-state.js';
export { EmdLoss, emdLoss, emdLossAsync } from './loss/emd-loss.js';
export type { EmdOptions, EvaluateOptions } from './loss/options.js';
export type { EmdResult } from './loss/result.js';
export type { EmdTargets } from './loss/targets.js';
