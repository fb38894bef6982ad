// A GPUDevice that computes on the CPU. Where a part of what that needs is missing, suites are skipped, with the reason.
import { suite } from 'uvu';
import type { GpuDevice } from '../../../lib/webgpu.js';
import { type WebGpu, webGpu } from '../../../shared/webgpu-device.js';
import { skip } from '../../support/skip.js';

let gpu: WebGpu | undefined;
const devices: { destroy(): void }[] = [];

/** A device of its own, with the limits that every device has. */
export async function newDevice(): Promise<GpuDevice & { destroy(): void }> {
  gpu ??= await webGpu(true);
  const adapter = await gpu.requestAdapter();
  if (adapter === null) throw new Error('no adapter (is libvulkan1 installed?)');
  const device = (await adapter.requestDevice()) as unknown as GpuDevice & { destroy(): void };
  devices.push(device);
  return device;
}

/** A suite whose tests get a device; the last thing it does is to let the device go, or Node.js would not end. */
export function webGpuSuite(name: string) {
  const test = suite(name);
  const tests: [string, (device: GpuDevice) => void | Promise<void>][] = [];
  const define = (title: string, body: (device: GpuDevice) => void | Promise<void>) => {
    tests.push([title, body]);
  };
  const run = async () => {
    try {
      const device = await newDevice();
      for (const [title, body] of tests) test(title, () => body(device));
    } catch (error) {
      skip(test, name, (error as Error).message);
    }
    test.after(() => {
      for (const device of devices.splice(0)) device.destroy();
      gpu = undefined;
    });
    test.run();
  };
  return Object.assign(define, { run });
}
