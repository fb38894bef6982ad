// The golden vectors, through device arrays.
import * as assert from 'uvu/assert';
import { checkResult, gradientRow } from '../check.js';
import { goldenVectors } from '../golden.js';
import { norm } from '../numbers.js';
import { evaluateOnDevice } from './device-call.js';
import { gpuSuite } from './gpu.js';

const test = gpuSuite('golden vectors on a GPU');

for (const { name, problem, expected } of goldenVectors()) {
  test(`${name} holds, each gradient row to 5e-6 of its norm`, () => {
    const result = evaluateOnDevice(problem);
    checkResult(problem, result, name);
    expected.losses.forEach((_, b) => {
      const wanted = gradientRow(problem, expected.gradient, b);
      const error = norm(gradientRow(problem, result.gradient as Float32Array, b).map((g, c) => g - wanted[c]));
      assert.ok(error <= 5e-6 * norm(wanted), `gradient of row ${b}: off by ${error / norm(wanted)}`);
    });
  });
}

test.run();
