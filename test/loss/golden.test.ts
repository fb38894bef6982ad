// runner: numeric
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { evaluate } from '../../shared/oracle/call.js';
import { checkGolden, goldenVectors } from '../support/golden.js';

const test = suite('golden vectors');
const vectors = [...goldenVectors('loss'), ...goldenVectors('targets'), ...goldenVectors('energy')];

test('all 150 are there', () => assert.is(vectors.length, 150));

for (const vector of vectors) {
  test(`${vector.name} holds, each gradient row to 5e-6 of its norm`, () =>
    checkGolden(vector, evaluate(vector.problem)));
}

test.run();
