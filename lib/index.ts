export type { Numbers } from './arguments';
export { type CudaDevice, type CudaStatus, cuda } from './cuda';
export { EmdLoss, emdLoss, emdLossAsync } from './emd-loss';
export { EmdError, type EmdErrorCode } from './errors';
export type { EmdResult, EmdTargets } from './evaluate';
export {
  circular,
  GroundDistance,
  type GroundDistanceKind,
  type MatrixOptions,
  matrix,
  ordered,
  positions,
  tree,
} from './ground-distance';
export { type Info, info, setThreads } from './info';
export type { EmdOptions, EvaluateOptions } from './options';
