// From probabilities the cross entropy's gradient is -t / p, which float32 may not hold: it is never infinite, and 0 where p is so
// small that its logarithm counts as that of a constant.
// runner: numeric
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { evaluate } from '../../shared/oracle/call.js';
import type { Problem } from '../../shared/oracle/oracle.js';
import { GROUNDS, layOut, problemOf } from '../../shared/oracle/problems.js';
import { checkResult } from '../support/check.js';
import { groundOf } from '../support/grounds.js';
import { full, hasTurn, seed } from '../support/scale.js';

const test = suite('finite gradients');

const LARGEST = 3.4028234663852886e38;
const LEAST = 2 ** -126;

/** A batch whose rows have the given probability at their label, class 1, in every place of a group of rows. */
function unlikely(p: number, classes: number, change: Partial<Problem>): Problem {
  const row = new Float32Array(classes).fill(1 / (classes - 1)).fill(p, 1, 2);
  return problemOf(
    Array.from({ length: 19 }, () => row),
    new Array(19).fill(1),
    { input: 'probabilities', reduction: 'none', crossEntropyWeight: 1, ...change },
  );
}

const spread = (classes: number) =>
  layOut(
    Array.from({ length: 19 }, () => new Float32Array(classes).fill(3, 1, 2).fill(1, 0, 1)),
    classes,
  );

for (const [name, weights] of [
  ['no weight', {}],
  ['a class weight of 5', { classWeights: 5 }],
  ['a class weight of 1e30', { classWeights: 1e30 }],
  ['an upstream gradient of -7', { upstream: -7 }],
  ['an upstream gradient of 1e300', { upstream: 1e300 }],
] as const) {
  test(`probabilities of next to nothing, ${name}`, () => {
    for (const ground of GROUNDS) {
      const boundless = 'upstream' in weights && weights.upstream > 1e9; // the EMD's gradient may overflow, too, and in long rows does
      for (const classes of boundless ? [3, 8, 40] : [3, 8, 40, 600]) {
        if (classes > 100 && ground.match(full ? /matrix|xemd|star|path/ : /matrix|xemd|energy|star|path/)) continue;
        for (const p of [0, 2 ** -149, 1.17e-38, LEAST, 1.2e-38, 1e-37, -1e-3]) {
          for (const targets of ['index', 'distribution'] as const) {
            if (!hasTurn()) continue;
            const problem = unlikely(p, classes, {
              ground: groundOf(ground, classes),
              ...('classWeights' in weights && { classWeights: new Float32Array(classes).fill(weights.classWeights) }),
              ...('upstream' in weights && { upstream: weights.upstream }),
            });
            if (targets === 'distribution') problem.targets = { kind: targets, values: spread(classes) };
            const result = evaluate(problem);
            const what = JSON.stringify({ seed, ground, classes, p, targets });
            const gradient = result.gradient as Float32Array;
            assert.ok(gradient.every(Number.isFinite), `${what}: ${gradient.subarray(0, classes)}`);
            const slope = gradient[1];
            const huge = 'classWeights' in weights && weights.classWeights > (targets === 'index' ? 4 : 6);
            if (p === LEAST && huge) assert.ok(slope <= -LARGEST, `${what}: ${slope}`);
            if (boundless) continue;
            if (p < LEAST) assert.ok(Math.abs(slope) < 1e36, `${what}: ${slope} is that of the EMD`);
            if (!('classWeights' in weights && weights.classWeights > 1e9)) checkResult(problem, result, what);
          }
        }
      }
    }
  });
}

test.run();
