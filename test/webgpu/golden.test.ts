// The golden vectors, through GPUBuffers.
import * as assert from 'uvu/assert';
import { WEBGPU } from '../../shared/oracle/tolerances.js';
import { checkGolden, goldenVectors } from '../support/golden.js';
import { webGpuSuite } from './support/device.js';
import { evaluateOnWebGpu } from './support/webgpu-call.js';

const test = webGpuSuite('golden vectors on WebGPU');

/** Of the kinds of ground distances that WebGPU computes. */
const vectors = [...goldenVectors('loss'), ...goldenVectors('targets')].filter(
  ({ problem }) => problem.ground.kind === 'ordered',
);

test('all of the ordered ones are there', () => assert.ok(vectors.length >= 38, `${vectors.length}`));

for (const vector of vectors) {
  test(`${vector.name} holds, each gradient row to 2e-5 of its norm`, async (device) => {
    checkGolden(vector, await evaluateOnWebGpu(device, vector.problem), WEBGPU);
  });
}

test.run();
