// What the package exports for GPUs.
export type { HostArray } from '../backends/backend.js';
export type { ArrayInterface } from './cuda-array-interface.js';
export { type AllocateOptions, DeviceArray, type FromOptions, type IpcHandle } from './device-array.js';
export type { DType } from './dtype.js';
export { Graph } from './graph.js';
export { pinned } from './pinned.js';
export { Event, Stream } from './stream.js';
