// Any combination of options, wherever its arrays are: within the promised bounds of the oracle, as the CPU is.
import * as assert from 'uvu/assert';
import { emdLoss } from '../../lib/index.js';
import { optionsOf, predictionsOf, targetsOf } from '../../shared/oracle/call.js';
import {
  allowed,
  CHOICES,
  type Description,
  GROUNDS,
  MAIN_GROUNDS,
  makeProblem,
  PLAIN,
} from '../../shared/oracle/problems.js';
import { Random } from '../../shared/oracle/random.js';
import { sameBits } from '../support/bits.js';
import { checkResult } from '../support/check.js';
import { allPairs } from '../support/covering.js';
import { full, scaled, seed } from '../support/scale.js';
import { evaluateOnDevice, evaluateOnDeviceAsync, evaluateStaged, type HostResult } from './support/device-call.js';
import { gpuSuite } from './support/gpu.js';

const test = gpuSuite('random problems on a GPU');

const VALUES = {
  ...CHOICES,
  classes: [2, 3, 5, 8, 31, 32, 33, 64, 100, 257, 1000],
  rows: [1, 2, 7, 33, 100],
  ground: full ? GROUNDS : MAIN_GROUNDS,
} as const;

/** Small enough for the emulator. */
const feasible = (d: Partial<Description>) =>
  allowed(d as Description) && (d.classes ?? 0) * (d.rows ?? 0) <= scaled(8000, 40_000);

const same = (a: HostResult, b: HostResult, what: string) => {
  assert.equal([a.loss, a.crossEntropy, a.emd, a.rows], [b.loss, b.crossEntropy, b.emd, b.rows], what);
  sameBits(a.gradient, b.gradient, `${what}: gradient`);
  sameBits(a.losses, b.losses, `${what}: losses`);
};

const descriptions = allPairs(VALUES, feasible, new Random(seed)) as Description[];

test(`every pair of options: ${descriptions.length} problems, with every place of inputs and outputs`, async () => {
  for (const description of descriptions) {
    const problem = makeProblem(description, seed);
    const what = JSON.stringify({ seed, ...description });
    const result = evaluateOnDevice(problem, { inputs: 'device' });
    checkResult(problem, result, what);
    same(evaluateOnDevice(problem, { inputs: 'host', inPlace: true }), result, `${what}, uploaded, in place`);
    same(await evaluateOnDeviceAsync(problem, { inputs: 'host' }), result, `${what}, asynchronously`);
    same(evaluateStaged(problem), result, `${what}, staged`);
  }
});

const MIXED: Description = { ...PLAIN, rows: 2, mix: 'both', weights: 'sample', upstream: 'scalar', mood: 'peaked' };

test('long rows', () => {
  for (const classes of [1500, 4097, 20_000]) {
    for (const ground of ['ordered-gaps', 'circular', 'tree-random'] as const) {
      for (const targets of ['index', 'distribution'] as const) {
        const description: Description = { ...MIXED, classes, ground, targets };
        checkResult(
          makeProblem(description, seed),
          evaluateOnDevice(makeProblem(description, seed)),
          JSON.stringify({ seed, ...description }),
        );
      }
    }
  }
});

test('no rows', () => {
  for (const reduction of ['mean', 'sum', 'none'] as const) {
    const problem = makeProblem({ ...MIXED, classes: 8, rows: 0, weights: 'both', reduction }, seed);
    for (const inputs of ['host', 'device'] as const) {
      const result = evaluateOnDevice(problem, { inputs });
      const expected = emdLoss(predictionsOf(problem), targetsOf(problem.targets), {
        ...optionsOf(problem),
        losses: true,
      });
      same(result, expected, `${reduction}, inputs on the ${inputs}`);
    }
  }
});

test.run();
