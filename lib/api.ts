// What the package exports, whatever backend computes.
export type { HostArray } from './backends/backend.js';
export type { Numbers } from './checks/arguments.js';
export { EmdError, type EmdErrorCode } from './checks/errors.js';
export * from './distances/constructors.js';
export { GroundDistance, type GroundDistanceJSON } from './distances/ground-distance.js';
export type { GroundDistanceKind } from './distances/kinds.js';
export { type CudaDevice, type CudaReason, type CudaStatus, cuda } from './gpu/cuda.js';
export type { ArrayInterface } from './gpu/cuda-array-interface.js';
export { type AllocateOptions, DeviceArray, type FromOptions, type IpcHandle } from './gpu/device-array.js';
export type { DType } from './gpu/dtype.js';
export { Graph } from './gpu/graph.js';
export { pinned } from './gpu/pinned.js';
export { Event, Stream } from './gpu/stream.js';
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
