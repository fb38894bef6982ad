export type { HostArray } from './backends/binding';
export type { Numbers } from './checks/arguments';
export { EmdError, type EmdErrorCode } from './checks/errors';
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
} from './distances/ground-distance';
export { type CudaDevice, type CudaReason, type CudaStatus, cuda } from './gpu/cuda';
export type { ArrayInterface } from './gpu/cuda-array-interface';
export { type AllocateOptions, DeviceArray, type FromOptions, type IpcHandle } from './gpu/device-array';
export type { DType } from './gpu/dtype';
export { Graph } from './gpu/graph';
export { pinned } from './gpu/pinned';
export { Event, Stream } from './gpu/stream';
export { type Info, info, setThreads } from './info';
export type { CentroidState, PackedCentroidState } from './learned/centroid-state';
export type { FeatureNorm } from './learned/centroid-store';
export {
  type AccumulateOptions,
  type CentroidOptions,
  type CentroidStream,
  ClassCentroids,
  type DistanceOptions,
  type DistanceScale,
} from './learned/class-centroids';
export { type PairwiseOptions, pairwiseDistances } from './learned/pairwise-distances';
export { SelfGuidedEmd } from './learned/self-guided-emd';
export type { SelfGuidedBatch, SelfGuidedOptions } from './learned/self-guided-options';
export type { SelfGuidedState, SelfGuidedStateV1 } from './learned/self-guided-state';
export { EmdLoss, emdLoss, emdLossAsync } from './loss/emd-loss';
export type { EmdOptions, EvaluateOptions } from './loss/options';
export type { EmdResult } from './loss/result';
export type { EmdTargets } from './loss/targets';
