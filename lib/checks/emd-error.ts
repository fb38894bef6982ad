// The error of everything that is not the fault of an argument.

/** What can go wrong besides wrong arguments. */
export type EmdErrorCode =
  | 'NATIVE_LOAD_FAILED'
  /** The runtime has no WebAssembly, or forbids compiling it. */
  | 'WASM_UNAVAILABLE'
  /** A setting came too late: it must be made before the first call that computes. */
  | 'ALREADY_LOADED'
  /** An environment variable of this package has an invalid value. */
  | 'INVALID_ENVIRONMENT'
  | 'OUT_OF_MEMORY'
  /** There is no GPU to use; the message says why, as `cuda.status()` does. */
  | 'CUDA_UNAVAILABLE'
  | 'CUDA_OUT_OF_MEMORY'
  /** A call of CUDA failed; the message quotes CUDA's. */
  | 'CUDA_ERROR'
  /** The GPUDevice is gone; the message says why. */
  | 'WEBGPU_DEVICE_LOST'
  | 'WEBGPU_OUT_OF_MEMORY'
  /** WebGPU refused what was asked for; the message has its words. */
  | 'WEBGPU_ERROR'
  /** A DeviceArray, Stream, Event, Graph or WebGpuEmdLoss was used after `dispose()`. */
  | 'DISPOSED'
  /** The call is not possible while a stream's work is being captured into a graph. */
  | 'CAPTURING'
  /** Asynchronous calls on the same object are still running; await them first. */
  | 'BUSY'
  /** The memory of an array cannot be shared with other processes. */
  | 'IPC_UNSUPPORTED'
  /** The self-guided loss of a tfjs model received no features from its layer. */
  | 'NO_FEATURES'
  /** A package that this call needs is not installed. */
  | 'PEER_MISSING'
  /** The JavaScript runtime allows no arrays over native memory. */
  | 'NO_EXTERNAL_BUFFERS'
  | 'INTERNAL';

/**
 * An error that is not the fault of an argument, such as a missing GPU, a native library that does not load, or lack of memory;
 * `code` tells which. Wrong arguments are a `TypeError` (wrong kind of value) or a `RangeError` (wrong size or number).
 */
export class EmdError extends Error {
  readonly code: EmdErrorCode;

  /** Native code calls it, too. */
  constructor(code: EmdErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }

  static {
    EmdError.prototype.name = 'EmdError';
  }
}
