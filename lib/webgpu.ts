// The entry point for WebGPU, wherever there is a GPUDevice: neither native code nor WebAssembly.
export type { Numbers } from './checks/arguments.js';
export { EmdError, type EmdErrorCode } from './checks/emd-error.js';
export type { EmdResult } from './loss/result.js';
export type { Arrays, Buf } from './webgpu/arrays.js';
export {
  type CentroidDistances,
  type FeatureArrays,
  type WebGpuCentroidOptions,
  WebGpuCentroids,
} from './webgpu/centroids.js';
export type { DistanceScale } from './webgpu/class-distances.js';
export type { GpuBuffer, GpuCommandEncoder, GpuDevice } from './webgpu/gpu-types.js';
export { WebGpuEmdLoss } from './webgpu/loss.js';
export type { GroundDistanceLike, WebGpuEmdOptions } from './webgpu/settings.js';
export type { TargetType } from './webgpu/wgsl/problem.js';
