// What is bundled for a page: the loss on WebGPU, for problems of the oracle.
import type { GpuDevice } from '../../lib/webgpu.js';
import type { Problem } from '../../shared/oracle/oracle.js';
import { evaluateOnWebGpu } from '../webgpu/support/webgpu-call.js';

const { gpu } = (globalThis as unknown as { navigator: { gpu: GPU } }).navigator;

async function newDevice(): Promise<GpuDevice> {
  const adapter = await gpu.requestAdapter();
  if (adapter === null) throw new Error('the page has no WebGPU');
  return (await adapter.requestDevice()) as unknown as GpuDevice;
}
const device = newDevice();

const page = {
  async solve(problem: Problem) {
    const { gradient, losses, ...numbers } = await evaluateOnWebGpu(await device, problem);
    return { ...numbers, gradient: Array.from(gradient ?? []), losses: Array.from(losses ?? []) };
  },
};

export type WebGpuPage = typeof page;

Object.assign(globalThis, { page });
