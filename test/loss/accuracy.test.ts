// The promised accuracy over sizes and options: every number of every result against the float64 oracle.
// runner: numeric, 10 s
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { evaluate } from '../../shared/oracle/call.js';
import { replaced } from '../../shared/oracle/numbers.js';
import { oracle } from '../../shared/oracle/oracle.js';
import {
  allowed,
  CHOICES,
  type Description,
  GROUNDS,
  type GroundName,
  isMatrix,
  MAIN_GROUNDS,
  makeProblem,
  PLAIN,
} from '../../shared/oracle/problems.js';
import { Random } from '../../shared/oracle/random.js';
import { cancellingCosts } from '../support/cancelling-costs.js';
import { checkProblem, checkResult } from '../support/check.js';
import { allPairs } from '../support/covering.js';
import { full, hasTurn, scaled, seed } from '../support/scale.js';

const test = suite('accuracy');

const CLASSES = [2, 3, 5, 7, 8, 10, 15, 16, 17, 31, 32, 33, 64, 100, 101, 1000, 1025, 4096, 32000];
const ROWS = [0, 1, 2, 77, 289];

const values = {
  ...CHOICES,
  classes: CLASSES,
  rows: ROWS,
  ground: GROUNDS,
} satisfies { [K in keyof Description]: readonly Description[K][] };

// Every size of the main case, with every number of rows.
for (const classes of CLASSES) {
  test(`C = ${classes}: any number of rows, every ground distance, both powers, index targets`, () => {
    for (const ground of scaled<readonly GroundName[]>(MAIN_GROUNDS, GROUNDS)) {
      for (const power of [1, 2] as const) {
        for (const rows of ROWS) {
          const description = { ...PLAIN, classes, ground, power, rows };
          if (!allowed(description) || !hasTurn() || (isMatrix(ground) && classes >= 1000 && rows > 2 && !full))
            continue;
          checkProblem(makeProblem(description, seed), JSON.stringify({ seed, ...description }));
        }
      }
    }
  });
}

test('costs of both signs, of which a distribution leaves next to nothing', () => {
  for (const classes of [2, 10, 101, 600]) {
    for (const input of ['logits', 'probabilities'] as const) {
      checkProblem(cancellingCosts(classes, input, new Random(seed)), JSON.stringify({ seed, classes, input }));
    }
  }
});

// Sizes and options combined pairwise.
for (let round = 0; round < scaled(1, 6); round++) {
  const descriptions = allPairs(values, allowed, new Random(seed + round));
  for (const [i, description] of descriptions.entries()) {
    const problemSeed = seed + i + 10_000 * round;
    if (!hasTurn()) continue;
    test(`pairwise, problem seed ${problemSeed}: ${JSON.stringify(description)}`, () => {
      checkProblem(makeProblem(description, problemSeed), 'result');
    });
  }
}

test('the checks notice an error of twice the bound', () => {
  const problem = makeProblem({ ...PLAIN, mood: 'calm' }, seed);
  const result = evaluate(problem);
  const spoilt = (change: object) => () => checkResult(problem, { ...result, ...change }, 'spoilt');
  const off = (index: number, values: unknown) => replaced(values as Float32Array, index, 1);
  spoilt({})();
  assert.throws(spoilt({ loss: result.loss * (1 + 1e-5) }), /spoilt: loss/);
  assert.throws(spoilt({ emd: result.emd * (1 + 1e-5) }), /spoilt: emd/);
  assert.throws(spoilt({ crossEntropy: result.crossEntropy * (1 + 1e-5) }), /spoilt: crossEntropy/);
  assert.throws(spoilt({ rows: result.rows + 1 }), /spoilt: rows/);
  assert.throws(spoilt({ nonFinite: 1 }), /spoilt: nonFinite/);
  assert.throws(spoilt({ losses: off(2, result.losses) }), /spoilt: losses\[2\]/);
  assert.throws(spoilt({ gradient: off(9, result.gradient) }), /spoilt: gradient of row 1/);
  const scaledGradient = Float32Array.from(result.gradient as Float32Array, (g) => g * (1 + 3e-5));
  assert.throws(spoilt({ gradient: scaledGradient }), /spoilt: gradient of row \d, norm of the error/);
  assert.is(oracle(problem).rows, result.rows);
});

test.run();
