// Compiled kernels of a device. Each is made once, however many losses use it.
import type { BufferPlan } from './buffer-plan.js';
import { COMPUTE_STAGE, type GpuDevice } from './gpu-types.js';

export interface Pipeline {
  readonly pipeline: object;
  readonly layout: object;
}

const pipelines = new WeakMap<GpuDevice, Map<string, Pipeline>>();

/** The kernel with this key, which says all that its source depends on. */
export function pipelineFor(device: GpuDevice, key: string, plan: BufferPlan, source: () => string): Pipeline {
  const known = pipelines.get(device) ?? new Map<string, Pipeline>();
  pipelines.set(device, known);
  const made = known.get(key) ?? make(device, key, plan, source());
  known.set(key, made);
  return made;
}

function make(device: GpuDevice, label: string, { writable }: BufferPlan, code: string): Pipeline {
  const types = ['uniform', ...writable.map((written) => (written ? 'storage' : 'read-only-storage'))];
  const layout = device.createBindGroupLayout({
    entries: types.map((type, binding) => ({ binding, visibility: COMPUTE_STAGE, buffer: { type } })),
  });
  const pipeline = device.createComputePipeline({
    label: `squared-emd ${label}`,
    layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
    compute: { module: device.createShaderModule({ code }), entryPoint: 'main' },
  });
  return { pipeline, layout };
}
