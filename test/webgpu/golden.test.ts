// The golden vectors, through GPUBuffers.
import { WEBGPU } from '../../shared/oracle/tolerances.js';
import { checkGolden, goldenVectors } from '../support/golden.js';
import { webGpuSuite } from './support/device.js';
import { evaluateOnWebGpu } from './support/webgpu-call.js';

const test = webGpuSuite('golden vectors on WebGPU');

const vectors = [...goldenVectors('loss'), ...goldenVectors('targets'), ...goldenVectors('energy')];

for (const vector of vectors) {
  test(`${vector.name} holds, each gradient row to 2e-5 of its norm`, async (device) => {
    checkGolden(vector, await evaluateOnWebGpu(device, vector.problem), WEBGPU);
  });
}

test.run();
