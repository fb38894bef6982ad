// A kernel with what it runs on, and how it is recorded.
import type { Bound } from './buffer-plan.js';
import type { DeviceMemory } from './device-memory.js';
import type { GpuBuffer, GpuCommandEncoder, GpuDevice } from './gpu-types.js';
import { type KernelPlan, pipelineFor } from './pipelines.js';
import { type CallNumbers, packCall } from './uniforms.js';

export interface Dispatch extends KernelPlan {
  readonly bound: Bound<GpuBuffer>;
  readonly numbers: CallNumbers;
  readonly workgroups: number;
}

/** Where dispatches run, and what keeps their numbers. */
interface Place {
  readonly device: GpuDevice;
  readonly memory: DeviceMemory;
}

/** Records dispatches, one after the other. Kernels are compiled here if they have not been. */
export function record(encoder: GpuCommandEncoder, { device, memory }: Place, list: readonly Dispatch[]): void {
  if (list.length === 0) return;
  const pass = encoder.beginComputePass();
  for (const { bound, numbers, workgroups, ...kernel } of list) {
    const { pipeline, layout } = pipelineFor(device, kernel);
    const uniform = memory.call(packCall({ ...numbers, ...bound.starts }));
    const resources = [{ buffer: uniform }, ...bound.ranges];
    const entries = resources.map((resource, binding) => ({ binding, resource }));
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, device.createBindGroup({ layout, entries }) as never);
    pass.dispatchWorkgroups(workgroups);
  }
  pass.end();
}
