import { gpuBackend } from '../backends/current.js';
import { integer } from '../checks/arguments.js';
import { MAX_ELEMENTS } from '../checks/limits.js';
import { requireCuda } from './cuda.js';

/**
 * A Float32Array of zeros in page-locked host memory, which GPUs read and write without an intermediate copy. Page-locked memory
 * is not available to anything else on the machine; it is released when the array is collected.
 *
 * @throws EmdError 'CUDA_UNAVAILABLE', 'CUDA_OUT_OF_MEMORY', or 'NO_EXTERNAL_BUFFERS' in runtimes that allow no arrays over
 *   native memory, such as Electron.
 */
export function pinned(length: number): Float32Array {
  integer('length', length, 0, MAX_ELEMENTS);
  requireCuda('pinned');
  return gpuBackend().allocatePinned(length);
}
