// Compiled kernels of a device. Each is made once, however many losses use it.
import type { BufferPlan } from './buffer-plan.js';
import { COMPUTE_STAGE, type GpuDevice } from './gpu-types.js';

export interface Pipeline {
  readonly pipeline: object;
  readonly layout: object;
}

/** What a kernel is made of. */
export interface KernelPlan {
  /** Says all that the source depends on. */
  readonly key: string;
  readonly plan: BufferPlan;
  readonly source: () => string;
}

const pipelines = new WeakMap<GpuDevice, Map<string, Pipeline>>();

function knownTo(device: GpuDevice): Map<string, Pipeline> {
  const known = pipelines.get(device) ?? new Map<string, Pipeline>();
  pipelines.set(device, known);
  return known;
}

/** The kernel, compiled now if it has not been. */
export function pipelineFor(device: GpuDevice, kernel: KernelPlan): Pipeline {
  const known = knownTo(device);
  const existing = known.get(kernel.key);
  if (existing) return existing;
  const { layout, descriptor } = describe(device, kernel);
  const made = { pipeline: device.createComputePipeline(descriptor), layout };
  known.set(kernel.key, made);
  return made;
}

/** Compiles the kernel in the background, unless it has been. */
export async function compileLater(device: GpuDevice, kernel: KernelPlan): Promise<void> {
  const known = knownTo(device);
  if (known.has(kernel.key)) return;
  const { layout, descriptor } = describe(device, kernel);
  const pipeline = await device.createComputePipelineAsync(descriptor);
  if (!known.has(kernel.key)) known.set(kernel.key, { pipeline, layout });
}

function describe(device: GpuDevice, { key, plan, source }: KernelPlan): { layout: object; descriptor: object } {
  const types = ['uniform', ...plan.writable.map((written) => (written ? 'storage' : 'read-only-storage'))];
  const layout = device.createBindGroupLayout({
    entries: types.map((type, binding) => ({ binding, visibility: COMPUTE_STAGE, buffer: { type } })),
  });
  const descriptor = {
    label: `squared-emd ${key}`,
    layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
    compute: { module: device.createShaderModule({ code: source() }), entryPoint: 'main' },
  };
  return { layout, descriptor };
}
