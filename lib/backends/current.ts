// The backend in use: WebAssembly, unless the entry point knows another one. The first call that computes loads it: an import needs none,
// and what computes nothing works without.
import { EmdError } from '../checks/emd-error.js';
import type { Backend, GpuBackend, HostBackend } from './backend.js';
import { VERSION } from './wasm/embedded.js';
import { wasmBackend } from './wasm/host.js';

let load = (): Backend => wasmBackend(VERSION);
let loaded: Backend | undefined;

/**
 * Says where the backend comes from, if it is not WebAssembly. `loader` is called until it returns one; what it throws is what calls
 * throw.
 */
export function provideBackend(loader: () => Backend): void {
  load = loader;
}

export function backend(): Backend {
  loaded ??= load();
  return loaded;
}

export const hostBackend = (): HostBackend => backend().host;

const NO_GPUS = 'GPUs are used by native code alone, in Node.js, Bun and Deno, and WebAssembly computes here.';

/** Why the backend in use knows no GPUs. */
export function whyNoGpus(): string {
  const { why } = backend();
  return why === undefined ? NO_GPUS : `${NO_GPUS} ${why}`;
}

/** @throws EmdError 'CUDA_UNAVAILABLE' if the backend knows no GPUs. */
export function gpuBackend(): GpuBackend {
  const { gpu } = backend();
  if (gpu !== undefined) return gpu;
  throw new EmdError('CUDA_UNAVAILABLE', `squared-emd: ${whyNoGpus()}`);
}
