// The backend in use. An entry point provides it, and the first call that computes loads it: an import needs none, and what computes
// nothing works without.
import { EmdError } from '../checks/errors.js';
import type { Backend, GpuBackend, HostBackend } from './backend.js';

function none(): never {
  throw new EmdError(
    'NATIVE_LOAD_FAILED',
    'squared-emd computes in Node.js, Bun and Deno, by native code, and this program was loaded or bundled for another runtime.\n' +
      'squared-emd/metrics, ground distances and exportOnnx work here. Bundlers for Node.js: leave the package out of the bundle ' +
      '("external"), or set the export condition "node".',
  );
}

let load: () => Backend = none;
let loaded: Backend | undefined;

/** Says where the backend comes from. `loader` is called until it returns one; what it throws is what calls throw. */
export function provideBackend(loader: () => Backend): void {
  load = loader;
}

export function backend(): Backend {
  loaded ??= load();
  return loaded;
}

export const hostBackend = (): HostBackend => backend().host;

export const NO_GPUS = 'GPUs are used by native code alone, in Node.js, Bun and Deno, and other code computes here.';

/** @throws EmdError 'CUDA_UNAVAILABLE' if the backend knows no GPUs. */
export function gpuBackend(): GpuBackend {
  const { gpu } = backend();
  if (gpu !== undefined) return gpu;
  throw new EmdError('CUDA_UNAVAILABLE', `squared-emd: ${NO_GPUS}`);
}
