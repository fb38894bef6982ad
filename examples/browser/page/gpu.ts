// TensorFlow.js on WebGPU.
import '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';

export interface Gpu {
  device: GPUDevice;
  name: string;
}

/** @throws Error that says why there is none. */
export async function startGpu(): Promise<Gpu> {
  if (!('gpu' in navigator)) throw new Error('this browser has no WebGPU here');
  if (!(await navigator.gpu.requestAdapter())) throw new Error('this browser has WebGPU, and no GPU for it');
  if (!(await tf.setBackend('webgpu'))) throw new Error('TensorFlow.js does not start on this GPU');
  const { device } = tf.backend() as unknown as { device: GPUDevice & { adapterInfo?: GPUAdapterInfo } };
  const { vendor = '', architecture = '' } = device.adapterInfo ?? {};
  return { device, name: `${vendor} ${architecture}`.trim() || 'a GPU without a name' };
}
