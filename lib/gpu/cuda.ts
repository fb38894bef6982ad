// Whether GPUs can be used, and if not, what to do about it.

import type { GpuReport } from '../backends/backend.js';
import { backend, whyNoGpus } from '../backends/current.js';
import { integer, refuseHugeSquare } from '../checks/arguments.js';
import { EmdError } from '../checks/emd-error.js';
import { wrongRange, wrongType } from '../checks/errors.js';
import { MAX_GPU_INDEX } from '../checks/limits.js';

export type CudaReason =
  /** There is no native code here, or it cannot be loaded. */
  | 'no-addon'
  | 'disabled'
  | 'not-built'
  | 'load-failed'
  | 'abi-mismatch'
  | 'no-driver'
  | 'driver-too-old'
  | 'no-device'
  | 'no-kernel-image'
  | 'self-test-failed';

export interface CudaStatus {
  available: boolean;
  /** Why GPUs cannot be used, as a code. */
  reason?: CudaReason;
  /** Why GPUs cannot be used, and what to do about it. */
  detail?: string;
  /** The newest version of CUDA that the driver supports, such as '13.0'. */
  driverVersion?: string;
  /** The version of CUDA that the package was built with. */
  runtimeVersion?: string;
  /** The GPUs on which a test kernel has run. */
  devices: CudaDevice[];
}

export interface CudaDevice {
  /** The value for the option `device`. */
  index: number;
  name: string;
  /** Such as '9.0'. */
  computeCapability: string;
  /** Bytes. */
  totalMemory: number;
  multiprocessors: number;
}

const REBUILD = 'Reinstall squared-emd, or in a checkout of it run "npm run build:cuda".';

const version = (number: number) => `${Math.floor(number / 1000)}.${Math.floor((number % 1000) / 10)}`;

/** The version of the driver that a version of CUDA needs. */
const driverFor = (runtime: number) => (runtime >= 13000 || runtime === 0 ? '580' : '525');

function sentence(reason: CudaReason, { detail, driverVersion, runtimeVersion }: GpuReport): string {
  const driver = driverFor(runtimeVersion);
  switch (reason) {
    case 'no-addon':
      return detail;
    case 'disabled':
      return `CUDA is switched off by the environment variable SQUARED_EMD_CUDA=${detail}. Unset it to use GPUs.`;
    case 'not-built':
      return `This installation of squared-emd has no CUDA library: ${detail} is missing. The package for Linux on x64 contains it; in a checkout "npm run build:cuda" builds it, for which it needs the CUDA toolkit (nvcc).`;
    case 'load-failed':
      return `The CUDA library could not be loaded: ${detail}. If the environment variable SQUARED_EMD_CUDA_LIBRARY is set, correct or unset it. ${REBUILD}`;
    case 'abi-mismatch':
      return `The CUDA library belongs to another version of squared-emd: ${detail}. ${REBUILD}`;
    case 'no-driver':
      return `No NVIDIA driver was found (${detail}). Install driver ${driver} or newer, so that "nvidia-smi" works; start containers with their GPUs ("docker run --gpus all").`;
    case 'driver-too-old':
      return `The NVIDIA driver is too old: it supports CUDA ${version(driverVersion)}, and CUDA ${version(runtimeVersion)} is needed (${detail}). Install driver ${driver} or newer.`;
    case 'no-device':
      return `The NVIDIA driver sees no GPU (${detail}). Check "nvidia-smi" and the environment variable CUDA_VISIBLE_DEVICES; start containers with their GPUs ("docker run --gpus all").`;
    case 'no-kernel-image':
      return `The CUDA library has no code for this GPU (${detail}). A GPU of compute capability 7.5 (Turing) or newer is needed; in a checkout "npm run build:cuda" builds for all of them.`;
    case 'self-test-failed':
      return `A test kernel did not run on the GPU (${detail}). Check "nvidia-smi": the GPU's memory may be full, the GPU reserved for another process, or in need of a reset.`;
  }
}

/** The report of a backend without GPUs. */
const withoutAddon = (detail: string): GpuReport => ({
  reason: 'no-addon',
  detail,
  driverVersion: 0,
  runtimeVersion: 0,
  devices: [],
});

function statusOf(found: GpuReport): CudaStatus {
  const status: CudaStatus = { available: found.reason === null, devices: found.devices.map(describe) };
  if (found.reason !== null) {
    status.reason = found.reason as CudaReason;
    status.detail = sentence(status.reason, found);
  }
  for (const name of ['driverVersion', 'runtimeVersion'] as const) {
    if (found[name] !== 0) status[name] = version(found[name]);
  }
  return status;
}

const describe = ({ major, minor, ...device }: GpuReport['devices'][number]): CudaDevice => ({
  ...device,
  computeCapability: `${major}.${minor}`,
});

/** Devices do not come and go, so what was found first is kept. */
let known: CudaStatus | undefined;

function current(): CudaStatus {
  known ??= statusOf(backend().gpu?.cudaStatus() ?? withoutAddon(whyNoGpus()));
  return known;
}

/** The status, even if there is no backend. */
function currentOrNone(): CudaStatus {
  try {
    return current();
  } catch (error) {
    if (error instanceof EmdError && error.code === 'NATIVE_LOAD_FAILED') return statusOf(withoutAddon(error.message));
    throw error;
  }
}

export const cuda = {
  /**
   * Whether GPUs can be used, and if not, why, and what to do about it. The first call starts CUDA.
   *
   * @throws EmdError 'INVALID_ENVIRONMENT' for invalid values of environment variables, and nothing else.
   */
  status(): CudaStatus {
    const status = currentOrNone();
    return { ...status, devices: status.devices.map((device) => ({ ...device })) };
  },
};

/** @throws EmdError 'CUDA_UNAVAILABLE' that names the argument that needs a GPU. */
export function requireCuda(name: string): CudaStatus {
  const status = current();
  if (status.available) return status;
  throw new EmdError('CUDA_UNAVAILABLE', `${name}: expected a GPU, but there is none to use. ${status.detail}`);
}

/** The index of a GPU that can be used. */
export function gpu(name: string, value: unknown): number {
  const index = integer(name, value, 0, MAX_GPU_INDEX);
  const { devices } = requireCuda(name);
  if (!devices.some((device) => device.index === index)) {
    throw wrongRange(name, `the index of a GPU that can be used (${devices.map((device) => device.index)})`, index);
  }
  return index;
}

/** The checked value of the option `device`. */
export function deviceOf(device: unknown): 'cpu' | number | undefined {
  if (device === undefined || device === 'cpu') return device;
  if (typeof device !== 'number') throw wrongType('device', "'cpu' or the index of a GPU", device);
  return gpu('device', device);
}

/** @throws RangeError if a float32 matrix [count, count] needs more memory than the GPU has. */
export function refuseHugeSquareOn(device: number, name: string, count: number): void {
  const { totalMemory } = requireCuda(name).devices.find(({ index }) => index === device) ?? {};
  refuseHugeSquare(name, count, Float32Array.BYTES_PER_ELEMENT, totalMemory);
}
