// The golden vectors, through device arrays.
import { checkGolden, goldenVectors } from '../golden.js';
import { evaluateOnDevice } from './device-call.js';
import { gpuSuite } from './gpu.js';

const test = gpuSuite('golden vectors on a GPU');

for (const vector of goldenVectors('loss')) {
  test(`${vector.name} holds, each gradient row to 5e-6 of its norm`, () => {
    checkGolden(vector, evaluateOnDevice(vector.problem));
  });
}

test.run();
