// The device that is measured, with the largest buffers that it can have.
import type { WebGpu } from '../../shared/webgpu-device.js';

/** @throws Error where there is none. */
export async function openDevice(gpu: WebGpu): Promise<{ adapter: GPUAdapter; device: GPUDevice }> {
  const adapter = await gpu.requestAdapter();
  if (adapter === null) throw new Error('there is no adapter: --software computes on the CPU');
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
  const device = await adapter.requestDevice({ requiredLimits: { maxBufferSize, maxStorageBufferBindingSize } });
  return { adapter, device };
}
