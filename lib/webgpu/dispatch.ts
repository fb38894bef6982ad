// A kernel with what it runs on, and how it is recorded.
import { type Bound, type BufferPlan, bind, type Range, type Role } from './buffer-plan.js';
import type { DeviceMemory } from './device-memory.js';
import type { GpuBuffer, GpuCommandEncoder, GpuDevice } from './gpu-types.js';
import { type KernelPlan, pipelineFor } from './pipelines.js';
import { type CallNumbers, NO_NUMBERS, packCall } from './uniforms.js';

export interface Dispatch extends KernelPlan {
  readonly bound: Bound<GpuBuffer>;
  readonly numbers: CallNumbers;
  readonly workgroups: number;
}

/** A kernel that depends on a problem and on which of its arrays share a buffer. */
interface Kernel<Problem extends object> {
  readonly name: string;
  readonly problem: Problem;
  readonly source: (problem: Problem & { readonly plan: BufferPlan }) => string;
  readonly arrays: Readonly<Partial<Record<Role, Range<GpuBuffer>>>>;
  /** Those that it reads; the others are 0. */
  readonly numbers: Partial<CallNumbers>;
  readonly workgroups: number;
}

export function dispatchOf<Problem extends object>({ limits }: GpuDevice, kernel: Kernel<Problem>): Dispatch {
  const { name, source, arrays, numbers, workgroups } = kernel;
  const bound = bind(arrays, limits.minStorageBufferOffsetAlignment);
  const problem = { ...kernel.problem, plan: bound.plan };
  return {
    key: `${name} ${JSON.stringify(problem)}`,
    plan: bound.plan,
    source: () => source(problem),
    bound,
    numbers: { ...NO_NUMBERS, ...numbers },
    workgroups,
  };
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
