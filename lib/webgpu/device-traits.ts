// What kernels make use of where a device has it.
import type { GpuDevice } from './gpu-types.js';

export interface DeviceTraits {
  /** Threads of a subgroup, where kernels may use them: a power of two. 1 where there are none, or their size is not known. */
  readonly subgroup: number;
  /** Words of a workgroup's memory: 4096 on every device, more where the device was asked for them. */
  readonly workgroupWords: number;
}

export function traitsOf({ features, adapterInfo, limits }: GpuDevice): DeviceTraits {
  const { subgroupMinSize: least = 0, subgroupMaxSize: most = 0 } = adapterInfo ?? {};
  const isKnown = features?.has('subgroups') && least === most && Number.isInteger(Math.log2(most));
  return { subgroup: isKnown ? most : 1, workgroupWords: Math.floor(limits.maxComputeWorkgroupStorageSize / 4) };
}
