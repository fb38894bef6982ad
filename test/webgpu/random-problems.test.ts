// Any combination of options, in each way that threads share rows: within the promised bounds of the oracle.
// runner: 75 s

import type { Power } from '../../shared/oracle/distances.js';
import {
  allowed,
  CHOICES,
  type Description,
  GROUNDS,
  type GroundName,
  isMatrix,
  MAIN_GROUNDS,
  MOODS,
  type Mood,
  makeProblem,
  PLAIN,
} from '../../shared/oracle/problems.js';
import { Random } from '../../shared/oracle/random.js';
import { WEBGPU } from '../../shared/oracle/tolerances.js';
import { sameBits } from '../support/bits.js';
import { checkResult } from '../support/check.js';
import { allPairs } from '../support/covering.js';
import { full, scaled, seed } from '../support/scale.js';
import { webGpuSuite } from './support/device.js';
import { evaluateOnWebGpu } from './support/webgpu-call.js';

const test = webGpuSuite('random problems on WebGPU');

const VALUES = {
  ...CHOICES,
  classes: scaled([2, 65, 257, 1000], [2, 3, 8, 33, 64, 65, 100, 257, 1000]),
  rows: scaled([1, 2, 7, 33], [1, 2, 7, 33, 100]),
  ground: scaled<readonly GroundName[]>(MAIN_GROUNDS, GROUNDS),
  mood: scaled<readonly Mood[]>(['sure', 'masked', 'extreme', 'assorted'], MOODS),
};

/** Workgroups take their time on SwiftShader, and so do all pairs of classes. */
const feasible = (d: Partial<Description>) =>
  (d.ground === undefined || !isMatrix(d.ground) || (d.classes ?? 2) ** 2 * (d.rows ?? 1) <= scaled(100_000, 2e6)) &&
  allowed(d as Description) &&
  (d.classes ?? 0) * (d.rows ?? 0) <= scaled(2500, 40_000);

const descriptions = allPairs(VALUES, feasible, new Random(seed)) as Description[];

test(`every pair of options: ${descriptions.length} problems, also in place and in the middle of buffers`, async (plain, capable) => {
  for (const [i, description] of descriptions.entries()) {
    // Rows of one thread have nothing to make use of.
    const device = i % 2 === 0 || description.classes <= 64 ? plain : capable;
    const problem = makeProblem(description, seed);
    const what = JSON.stringify({ seed, ...description });
    const result = await evaluateOnWebGpu(device, problem);
    checkResult(problem, result, what, WEBGPU);
    if (i % 3 > 0 && !full) continue;
    const again = await evaluateOnWebGpu(device, problem, { inPlace: i % 4 < 2, offset: 4 * (i % 130), behind: 64 });
    sameBits(again.gradient, result.gradient, `${what}, elsewhere: gradient`);
    sameBits(again.losses, result.losses, `${what}, elsewhere: losses`);
  }
});

const MIXED: Description = { ...PLAIN, rows: 2, mix: 'both', weights: 'sample', upstream: 'scalar', mood: 'peaked' };

/** The last sizes of each form, and the first of the next. */
const SIZES = {
  'ordered-gaps': scaled([16_385], [1500, 3808, 3809, 4096, 16_384, 16_385, 32_768, 100_003]),
  'circular-gaps': scaled([3809], [1500, 3808, 3809, 4096, 16_384, 16_385, 32_768, 100_003]),
  'tree-random': scaled([1269], [1268, 1269, 3809, 16_384, 16_385, 32_768, 100_003]),
} as const satisfies Partial<Record<GroundName, readonly number[]>>;

for (const [ground, sizes] of Object.entries(SIZES) as [keyof typeof SIZES, readonly number[]][]) {
  test(`long rows: ${ground}`, async (plain, capable) => {
    let next = 0;
    for (const classes of sizes) {
      for (const targets of ['index', 'distribution'] as const) {
        const inputs = ['logits', 'probabilities'] as const;
        for (const input of scaled<readonly Description['input'][]>(
          [targets === 'index' ? inputs[0] : inputs[1]],
          inputs,
        )) {
          for (const power of scaled<readonly Power[]>([2], [2, 1])) {
            const description: Description = { ...MIXED, classes, ground, targets, input, power };
            const problem = makeProblem(description, seed);
            const what = JSON.stringify({ seed, ...description });
            // Few sizes are shared out among the devices.
            const devices = scaled([next++ % 3 === 0 ? plain : capable], [plain, capable]);
            for (const device of devices) {
              checkResult(problem, await evaluateOnWebGpu(device, problem, { inPlace: true }), what, WEBGPU);
            }
          }
        }
      }
    }
  });
}

/** In the full run also what is no product: the cost of a matrix for class indices. */
const PRODUCTS = scaled<readonly (readonly [GroundName, Description['targets']])[]>(
  [
    ['energy', 'index'],
    ['energy', 'distribution'],
    ['matrix', 'distribution'],
  ],
  [
    ['energy', 'index'],
    ['energy', 'distribution'],
    ['matrix', 'index'],
    ['matrix', 'distribution'],
  ],
);

test('more rows and classes than a tile of products has', async (device) => {
  for (const [ground, targets] of PRODUCTS) {
    for (const input of ['logits', 'probabilities'] as const) {
      for (const inner of scaled<readonly Description['inner'][]>(['some'], ['none', 'some'])) {
        const description: Description = { ...MIXED, classes: 133, rows: 150, ground, targets, input, inner };
        const problem = makeProblem(description, seed);
        const what = JSON.stringify({ seed, ...description });
        checkResult(problem, await evaluateOnWebGpu(device, problem, { inPlace: true }), what, WEBGPU);
      }
    }
  }
});

// Distances between all pairs, where threads keep their classes or nothing: on the CPU it takes its time.
if (full) {
  test('long rows of matrices and energies', async (device) => {
    for (const ground of ['matrix', 'energy'] as const) {
      for (const targets of ['index', 'distribution'] as const) {
        const description: Description = { ...MIXED, classes: 3810, rows: 1, ground, targets };
        const problem = makeProblem(description, seed);
        const what = JSON.stringify({ seed, ...description });
        checkResult(problem, await evaluateOnWebGpu(device, problem, { inPlace: true }), what, WEBGPU);
      }
    }
  });
}

test('no rows', async (device) => {
  for (const reduction of ['mean', 'sum', 'none'] as const) {
    const problem = makeProblem({ ...MIXED, classes: 8, rows: 0, weights: 'both', reduction }, seed);
    checkResult(problem, await evaluateOnWebGpu(device, problem), reduction, WEBGPU);
  }
});

test.run();
