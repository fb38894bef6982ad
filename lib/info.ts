import { backend, hostBackend } from './backends/current.js';
import { integer } from './checks/arguments.js';
import { MAX_THREADS } from './checks/limits.js';
import { type CudaStatus, cuda } from './gpu/cuda.js';

export interface Info {
  /** The package's version. */
  version: string;
  /** What computes: the addon, or WebAssembly where there is none. */
  backend: 'native' | 'wasm';
  /** Why it is WebAssembly, where that could have been the addon. */
  why?: string;
  /** The instruction set in use; 'simd128' in WebAssembly. */
  isa: string;
  /** Those that this processor has, best last: the values of the environment variable `SQUARED_EMD_ISA`. */
  isas: string[];
  /** Threads that a call uses when it does not say; in WebAssembly 1. */
  threads: number;
  cuda: CudaStatus;
}

/** What this installation is and uses. */
export function info(): Info {
  const { version, name, why, host } = backend();
  return { version, backend: name, ...(why && { why }), ...host.info(), cuda: cuda.status() };
}

/**
 * Sets how many threads a call uses when it does not say, in the whole process, its worker threads included. Without it:
 * as many as there are processors that this process may use. WebAssembly computes on one thread whatever is set.
 *
 * @param threads 1..1024
 */
export function setThreads(threads: number): void {
  hostBackend().setThreads(integer('threads', threads, 1, MAX_THREADS));
}
