import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { evaluate } from './call.js';
import { checkResult, gradientRow } from './check.js';
import { goldenVectors } from './golden.js';
import { norm } from './numbers.js';

const test = suite('golden vectors');
const vectors = goldenVectors();

test('all 80 are there', () => assert.is(vectors.length, 80));

for (const { name, problem, expected } of vectors) {
  test(`${name} holds, each gradient row to 5e-6 of its norm`, () => {
    const result = evaluate(problem);
    checkResult(problem, result, name);
    expected.losses.forEach((_, b) => {
      const wanted = gradientRow(problem, expected.gradient, b);
      const error = norm(gradientRow(problem, result.gradient as Float32Array, b).map((g, c) => g - wanted[c]));
      assert.ok(error <= 5e-6 * norm(wanted), `gradient of row ${b}: off by ${error / norm(wanted)}`);
    });
  });
}

test.run();
