export type { Numbers } from './arguments';
export type { HostArray } from './binding';
export type { CentroidState, PackedCentroidState } from './centroid-state';
export type { FeatureNorm } from './centroid-store';
export {
  type AccumulateOptions,
  type CentroidOptions,
  type CentroidStream,
  ClassCentroids,
  type DistanceOptions,
  type DistanceScale,
} from './class-centroids';
export { type CudaDevice, type CudaReason, type CudaStatus, cuda } from './cuda';
export type { ArrayInterface } from './cuda-array-interface';
export { type AllocateOptions, DeviceArray, type FromOptions, type IpcHandle } from './device-array';
export type { DType } from './dtype';
export { EmdLoss, emdLoss, emdLossAsync } from './emd-loss';
export { EmdError, type EmdErrorCode } from './errors';
export { Graph } from './graph';
export {
  circular,
  GroundDistance,
  type GroundDistanceJSON,
  type GroundDistanceKind,
  type MatrixOptions,
  matrix,
  ordered,
  positions,
  tree,
} from './ground-distance';
export { type Info, info, setThreads } from './info';
export type { EmdOptions, EvaluateOptions } from './options';
export { type PairwiseOptions, pairwiseDistances } from './pairwise-distances';
export { pinned } from './pinned';
export type { EmdResult } from './result';
export { SelfGuidedEmd } from './self-guided-emd';
export type { SelfGuidedBatch, SelfGuidedOptions } from './self-guided-options';
export type { SelfGuidedState, SelfGuidedStateV1 } from './self-guided-state';
export { Event, Stream } from './stream';
export type { EmdTargets } from './targets';
