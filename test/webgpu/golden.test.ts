// The golden vectors, through GPUBuffers.
// runner: 30 s
import type { Problem } from '../../shared/oracle/oracle.js';
import { WEBGPU } from '../../shared/oracle/tolerances.js';
import { checkGolden, goldenVectors } from '../support/golden.js';
import { webGpuSuite } from './support/device.js';
import { evaluateOnWebGpu } from './support/webgpu-call.js';

const test = webGpuSuite('golden vectors on WebGPU');

/** Rows of one thread have nothing to make use of; most of an energy is a product, which makes use of nothing. */
const isTheSame = ({ classes, ground }: Problem) => classes <= 64 || ground.kind === 'energy';

const vectors = [...goldenVectors('loss'), ...goldenVectors('targets'), ...goldenVectors('energy')];

for (const vector of vectors) {
  test(`${vector.name} holds, each gradient row to 2e-5 of its norm`, async (device, capable) => {
    checkGolden(vector, await evaluateOnWebGpu(device, vector.problem), WEBGPU);
    if (!isTheSame(vector.problem)) checkGolden(vector, await evaluateOnWebGpu(capable, vector.problem), WEBGPU);
  });
}

test.run();
