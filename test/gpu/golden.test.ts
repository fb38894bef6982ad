// The golden vectors, through device arrays.
import * as assert from 'uvu/assert';
import { checkGolden, goldenVectors } from '../support/golden.js';
import { evaluateOnDevice } from './support/device-call.js';
import { gpuSuite } from './support/gpu.js';

const test = gpuSuite('golden vectors on a GPU');
const vectors = [...goldenVectors('loss'), ...goldenVectors('targets'), ...goldenVectors('energy')];

test('all 150 are there', () => assert.is(vectors.length, 150));

for (const vector of vectors) {
  test(`${vector.name} holds, each gradient row to 5e-6 of its norm`, () => {
    checkGolden(vector, evaluateOnDevice(vector.problem));
  });
}

test.run();
