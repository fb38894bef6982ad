// A user's program on WebGPU, with the types of `@webgpu/types`.
/// <reference types="@webgpu/types" />
import { type Arrays, type EmdResult, WebGpuEmdLoss } from 'squared-emd/webgpu';

export async function onBuffers(device: GPUDevice, logits: GPUBuffer, labels: GPUBuffer): Promise<GPUBuffer | null> {
  const loss = new WebGpuEmdLoss(device, { classes: 8, groundDistance: { kind: 'ordered' }, crossEntropyWeight: 1 });
  const arrays: Arrays<GPUBuffer> = {
    predictions: { buffer: logits, offset: 4 },
    targets: labels,
    targetType: 'int32',
    rows: 3,
    gradient: logits,
  };
  const encoder = device.createCommandEncoder();
  loss.encode(encoder, arrays);
  device.queue.submit([encoder.finish()]);
  const result: EmdResult<GPUBuffer> = await loss.evaluate(arrays);
  loss.dispose();
  return result.gradient;
}
