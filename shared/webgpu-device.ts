// A GPUDevice in Node.js: npm's `webgpu` (Dawn) on a Vulkan driver.
import { existsSync } from 'node:fs';

/** SwiftShader, which comes with Chromium and computes on the CPU. */
export const SOFTWARE_DRIVER = '/usr/lib/chromium/vk_swiftshader_icd.json';

/**
 * Options of Dawn for tests on that driver, which compiles a store for each word of a workgroup's memory where Vulkan is to clear it:
 * most of the time of tests. With this, Dawn's own loop clears it.
 */
export const TEST_OPTIONS = ['disable-dawn-features=use_vulkan_zero_initialize_workgroup_memory_extension'];

export interface WebGpu {
  requestAdapter(): Promise<GPUAdapter | null>;
}

/**
 * The drivers of the system, those that VK_ICD_FILENAMES names, or the one that computes on the CPU. All references to it must be let go,
 * or Node.js does not end.
 */
export async function webGpu(software: boolean, options: readonly string[] = []): Promise<WebGpu> {
  if (software && !process.env.VK_ICD_FILENAMES) {
    if (!existsSync(SOFTWARE_DRIVER)) {
      throw new Error(`${SOFTWARE_DRIVER} is missing (VK_ICD_FILENAMES names another driver)`);
    }
    process.env.VK_ICD_FILENAMES = SOFTWARE_DRIVER;
  }
  const { create } = (await import('webgpu')) as unknown as { create(options: readonly string[]): WebGpu };
  return create(options);
}
