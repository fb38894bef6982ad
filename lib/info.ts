import { backend, hostBackend } from './backends/current.js';
import { integer } from './checks/arguments.js';
import { MAX_THREADS } from './checks/limits.js';
import { type CudaStatus, cuda } from './gpu/cuda.js';

export interface Info {
  /** The package's version. */
  version: string;
  /** What computes: the addon, or WebAssembly where there is none. */
  backend: 'native' | 'wasm';
  /** Why it is WebAssembly, if it could have been the addon. */
  why?: string;
  /** The instruction set in use; 'simd128' in WebAssembly. */
  isa: string;
  /** All that this processor has, best last: the values that the environment variable `SQUARED_EMD_ISA` may have. */
  isas: string[];
  /** How many threads a call uses unless it says otherwise; 1 in WebAssembly. */
  threads: number;
  cuda: CudaStatus;
}

/** What this installation is and uses. */
export function info(): Info {
  const { version, name, why, host } = backend();
  return { version, backend: name, ...(why && { why }), ...host.info(), cuda: cuda.status() };
}

/**
 * Sets how many threads a call uses unless it says otherwise, in the whole process including its worker threads. Default: the
 * number of processors that this process may use. WebAssembly always computes on one thread.
 *
 * @param threads 1..1024
 */
export function setThreads(threads: number): void {
  hostBackend().setThreads(integer('threads', threads, 1, MAX_THREADS));
}
