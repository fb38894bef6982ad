// The golden vectors, through GPUBuffers.
import * as assert from 'uvu/assert';
import { WEBGPU } from '../../shared/oracle/tolerances.js';
import { checkGolden, goldenVectors } from '../support/golden.js';
import { webGpuSuite } from './support/device.js';
import { evaluateOnWebGpu } from './support/webgpu-call.js';

const test = webGpuSuite('golden vectors on WebGPU');

/** Of the kinds of ground distances that WebGPU computes. */
const vectors = [...goldenVectors('loss'), ...goldenVectors('targets'), ...goldenVectors('energy')].filter(
  ({ problem }) => /ordered|matrix|energy/.test(problem.ground.kind),
);

test('all of these kinds are there', () => assert.ok(vectors.length >= 80, `${vectors.length}`));

for (const vector of vectors) {
  test(`${vector.name} holds, each gradient row to 2e-5 of its norm`, async (device) => {
    checkGolden(vector, await evaluateOnWebGpu(device, vector.problem), WEBGPU);
  });
}

test.run();
