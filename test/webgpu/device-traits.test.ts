// Subgroups that do not fill a workgroup, or whose size is not known, must not be used.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { traitsOf } from '../../lib/webgpu/device-traits.js';
import type { GpuDevice } from '../../lib/webgpu.js';

const test = suite('what kernels make use of');

const deviceWith = (names: string[], adapterInfo?: GpuDevice['adapterInfo']) =>
  ({
    features: new Set(names),
    adapterInfo,
  }) as unknown as GpuDevice;

const sizes = (subgroupMinSize: number, subgroupMaxSize: number) => ({ subgroupMinSize, subgroupMaxSize });

for (const [what, device, expected] of [
  ['of one size', deviceWith(['subgroups'], sizes(32, 32)), 32],
  ['as large as a workgroup', deviceWith(['subgroups'], sizes(64, 64)), 64],
  ['larger than a workgroup', deviceWith(['subgroups'], sizes(128, 128)), 1],
  ['of several sizes', deviceWith(['subgroups'], sizes(8, 32)), 1],
  ['that were not asked for', deviceWith([], sizes(32, 32)), 1],
  ['of no known size', deviceWith(['subgroups']), 1],
  ['of size 0', deviceWith(['subgroups'], sizes(0, 0)), 1],
] as const) {
  test(`subgroups ${what}`, () => {
    assert.equal(traitsOf(device), { subgroup: expected });
  });
}

test.run();
