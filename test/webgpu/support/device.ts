// A GPUDevice in Node.js: npm's `webgpu` (Dawn), on the SwiftShader that comes with Chromium, which computes on the CPU. Where a part of
// that is missing, suites are skipped, with the reason.
import { existsSync } from 'node:fs';
import { suite } from 'uvu';
import type { GpuDevice } from '../../../lib/webgpu.js';
import { skip } from '../../support/skip.js';

const DRIVERS = ['/usr/lib/chromium/vk_swiftshader_icd.json'];

interface Adapter {
  requestDevice(): Promise<GpuDevice & { destroy(): void }>;
}
type Gpu = { requestAdapter(): Promise<Adapter | null> };

let gpu: Gpu | undefined;
const devices: { destroy(): void }[] = [];

async function findAdapter(): Promise<Adapter> {
  process.env.VK_ICD_FILENAMES ??= DRIVERS.find(existsSync);
  if (!process.env.VK_ICD_FILENAMES) throw new Error(`${DRIVERS} is missing (VK_ICD_FILENAMES names another driver)`);
  gpu ??= ((await import('webgpu')) as unknown as { create(options: string[]): Gpu }).create([]);
  const adapter = await gpu.requestAdapter();
  if (adapter === null) throw new Error('no adapter (is libvulkan1 installed?)');
  return adapter;
}

/** A device of its own, with the limits that every device has. */
export async function newDevice(): Promise<GpuDevice & { destroy(): void }> {
  const device = await (await findAdapter()).requestDevice();
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
