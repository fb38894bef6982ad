// A user's program on WebGPU, with the types of `@webgpu/types`.
/// <reference types="@webgpu/types" />
import { type Arrays, type EmdResult, WebGpuCentroids, WebGpuEmdLoss } from 'squared-emd/webgpu';

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

export function learning(device: GPUDevice, features: GPUBuffer, labels: GPUBuffer, distances: GPUBuffer): void {
  const before = new Array<number>(64).fill(0);
  const loss = new WebGpuEmdLoss(device, { classes: 8, groundDistance: { kind: 'energy', distances: before } });
  const centroids = new WebGpuCentroids(device, { classes: 8, features: 4, momentum: 0.5 });
  const encoder = device.createCommandEncoder();
  centroids.encode(encoder, { features, targets: labels, targetType: 'int32', rows: 3 });
  centroids.encodeUpdate(encoder);
  centroids.encodeDistances(encoder, { distances, scale: 'max', factor: 7 });
  loss.encodeGroundDistance(encoder, distances);
  device.queue.submit([encoder.finish()]);
}
