// A GPUDevice that computes on the CPU. Where a part of what that needs is missing, suites are skipped, with the reason.
import { suite } from 'uvu';
import type { GpuDevice } from '../../../lib/webgpu.js';
import { TEST_OPTIONS, type WebGpu, webGpu } from '../../../shared/webgpu-device.js';
import { skip } from '../../support/skip.js';

let gpu: WebGpu | undefined;
const devices: { destroy(): void }[] = [];

type OwnDevice = GpuDevice & { destroy(): void };

/** A device of its own, with the limits that every device has; or with all that kernels make use of where a device has it. */
export async function newDevice(isCapable = false): Promise<OwnDevice> {
  gpu ??= await webGpu(true, TEST_OPTIONS);
  const adapter = await gpu.requestAdapter();
  if (adapter === null) throw new Error('no adapter (is libvulkan1 installed?)');
  const requiredFeatures = [...adapter.features].filter((name) => name === 'subgroups');
  const wanted = isCapable ? { requiredFeatures } : {};
  const device = (await adapter.requestDevice(wanted as GPUDeviceDescriptor)) as unknown as OwnDevice;
  devices.push(device);
  return device;
}

type Body = (device: GpuDevice, capable: GpuDevice) => void | Promise<void>;

/** A suite whose tests get a plain device and a capable one; the last thing it does is to let the device go, or Node.js would not end. */
export function webGpuSuite(name: string) {
  const test = suite(name);
  const tests: [string, Body][] = [];
  const define = (title: string, body: Body) => {
    tests.push([title, body]);
  };
  const run = async () => {
    try {
      const device = await newDevice();
      const capable = await newDevice(true);
      for (const [title, body] of tests) test(title, () => body(device, capable));
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
