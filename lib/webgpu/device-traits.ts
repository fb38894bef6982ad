// What kernels make use of where a device has it.
import type { GpuDevice } from './gpu-types.js';

export interface DeviceTraits {
  /** Threads of a subgroup, where kernels may use them. 1 where there are none, or their size is not known. */
  readonly subgroup: number;
}

/** Threads of the workgroups to which rows are given; those of the longest rows have four times as many. Subgroups have to fill them. */
export const WORKGROUP = 64;

export function traitsOf({ features, adapterInfo }: GpuDevice): DeviceTraits {
  const { subgroupMinSize: least = 0, subgroupMaxSize: most = 0 } = adapterInfo ?? {};
  const isKnown = features?.has('subgroups') && least === most && WORKGROUP % most === 0;
  return { subgroup: isKnown ? most : 1 };
}
