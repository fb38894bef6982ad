// Rows that break naive code: very sure, masked, extreme, equal or close to the target.
// runner: numeric, 10 s
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { evaluate } from '../../shared/oracle/call.js';
import type { Problem } from '../../shared/oracle/oracle.js';
import {
  type Description,
  GROUNDS,
  isMatrix,
  layOut,
  MOODS,
  makeProblem,
  PLAIN,
  powersOf,
  probabilities,
  problemOf,
} from '../../shared/oracle/problems.js';
import { Random } from '../../shared/oracle/random.js';
import { checkProblem, checkResult } from '../support/check.js';
import { groundOf } from '../support/grounds.js';
import { NEAR_GROUNDS, nearTargets } from '../support/near-targets.js';
import { hasTurn, scaled, seed } from '../support/scale.js';
import { longSparseProblems, sparseProblems } from '../support/sparse-rows.js';
import { twoOnACircle } from '../support/two-on-a-circle.js';

const test = suite('hard rows');

const POWERS = [1, 2] as const;
const SIZES = scaled([2, 8, 17, 101], [2, 3, 8, 16, 17, 33, 101, 300]);

const describe = (description: object) => JSON.stringify({ seed, ...description });

for (const mood of MOODS) {
  test(`${mood} rows keep their digits on every ground distance, alone and mixed with cross entropy`, () => {
    for (const ground of GROUNDS) {
      for (const classes of SIZES) {
        for (const power of powersOf(ground)) {
          for (const mix of ['emd', 'both'] as const) {
            for (const inner of ['none', 'all'] as const) {
              const description: Description = { ...PLAIN, mood, ground, classes, power, mix, inner, rows: 19 };
              if (!hasTurn()) continue;
              checkProblem(makeProblem(description, seed), describe(description));
            }
          }
        }
      }
    }
  });
}

test('circles of which nearly the same crosses nearly every boundary', () => {
  for (const classes of scaled([2, 24, 101, 1000], [2, 8, 24, 60, 101, 360, 1000, 7056, 32768])) {
    for (const [problem, form] of twoOnACircle(classes)) checkProblem(problem, describe(form));
  }
});

test('E of power 1 of distributions close to the prediction', () => {
  const random = new Random(seed);
  for (const ground of NEAR_GROUNDS) {
    for (const [problem, form] of nearTargets(
      ground,
      scaled([5, 101, 1000], [2, 5, 16, 17, 33, 101, 1000, 9000]),
      random,
    )) {
      checkProblem(problem, describe(form));
    }
  }
});

test('rows with mass in few classes', () => {
  const random = new Random(seed);
  const sizes = scaled([5, 33, 513, 9000], [5, 16, 17, 33, 101, 513, 2000, 9000, 32768]);
  for (const ground of GROUNDS) {
    for (const [problem, form] of sparseProblems(ground, sizes, scaled(8, 40), random)) {
      if (hasTurn()) checkProblem(problem, describe(form));
    }
  }
  for (const [problem, form] of longSparseProblems(random)) checkProblem(problem, describe(form));
});

// Equal terms round alike: long float32 sums of them drift instead of averaging out.
test('rows of equal logits, but for one', () => {
  for (const ground of GROUNDS) {
    for (const classes of scaled([65, 101, 300], [32, 63, 64, 65, 101, 128, 200, 300, 500, 600])) {
      for (const power of powersOf(ground)) {
        const rows = scaled([0, 4, 9], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 17, 20]).flatMap((height) =>
          [0, classes >> 1].map((top) => Float32Array.from({ length: classes }, (_, i) => (i === top ? height : 0))),
        );
        const labels = rows.map((_, b) => (b * 7) % classes);
        const made = groundOf(ground, classes);
        checkProblem(problemOf(rows, labels, { ground: made, power }), describe({ ground, classes, power }));
      }
    }
  }
});

// Right and wrong rows whose 1 - p is far below the last digit of 1.
function surestRows(classes: number, height: number, random: Random) {
  const rows = Array.from({ length: 4 }, () => random.floats(classes, () => random.normal()));
  const labels = rows.map((row, b) => {
    const sure = random.index(classes);
    row[sure] += height;
    return b % 2 === 0 ? sure : random.index(classes);
  });
  return { rows, labels };
}

for (const ground of GROUNDS) {
  test(`the surest rows, right and wrong: ${ground}`, () => {
    const random = new Random(seed);
    for (const classes of SIZES) {
      for (const height of [20, 30, 40, 60, 80]) {
        const { rows, labels } = surestRows(classes, height, random);
        for (const power of powersOf(ground)) {
          for (const crossEntropyWeight of [0, 1]) {
            if (!hasTurn()) continue;
            const change = { ground: groundOf(ground, classes), power, crossEntropyWeight };
            checkProblem(
              problemOf(rows, labels, change),
              describe({ ground, classes, height, power, crossEntropyWeight }),
            );
          }
        }
      }
    }
  });
}

for (const ground of GROUNDS.filter((name) => !isMatrix(name))) {
  test(`the surest rows of many classes: ${ground}`, () => {
    const random = new Random(seed);
    for (const classes of scaled([1000, 32000], [1000, 4096, 32000])) {
      for (const height of scaled([25, 40], [20, 25, 30, 33, 36, 40, 60])) {
        const { rows, labels } = surestRows(classes, height, random);
        for (const [power, crossEntropyWeight] of [
          [1, 1],
          [2, 0],
          [2, 1],
        ] as const) {
          if (!hasTurn()) continue;
          const change = { ground: groundOf(ground, classes), power, crossEntropyWeight };
          checkProblem(
            problemOf(rows, labels, change),
            describe({ ground, classes, height, power, crossEntropyWeight }),
          );
        }
      }
    }
  });
}

for (const power of POWERS) {
  for (const mix of ['emd', 'both'] as const) {
    test(`p close to t, where all digits cancel: power ${power}, ${mix}`, () => {
      const random = new Random(seed);
      for (const ground of GROUNDS.filter((name) => powersOf(name).includes(power))) {
        for (const classes of [...SIZES, 1000]) {
          if (!hasTurn()) continue;
          const made = groundOf(ground, classes);
          for (const input of ['logits', 'probabilities'] as const) {
            const logits = Array.from({ length: 3 }, () => random.floats(classes, () => 2 * random.normal()));
            const distributions = logits.map(probabilities);
            const problem = problemOf(input === 'logits' ? logits : distributions.map((t) => nudged(t)), [], {
              input,
              power,
              ground: made,
              targets: { kind: 'distribution', values: layOut(distributions, classes) },
              crossEntropyWeight: mix === 'both' ? 1 : 0,
            });
            checkProblem(problem, describe({ ground, classes, input }));
          }
        }
      }
    });
  }
}

// E is then a sum of many roundings: those of exponentials, unless they are kept in two parts.
test('p close to t, power 1, long rows and large gaps', () => {
  const random = new Random(seed);
  for (const ground of ['ordered-gaps', 'circular-gaps', 'tree-random'] as const) {
    for (const classes of scaled([500, 4096], [500, 512, 1000, 4096, 32768])) {
      const logits = Array.from({ length: 8 }, () => random.floats(classes, () => 2 * random.normal()));
      const problem = problemOf(logits, [], {
        power: 1,
        ground: groundOf(ground, classes),
        targets: { kind: 'distribution', values: layOut(logits.map(probabilities), classes) },
      });
      checkProblem(problem, describe({ ground, classes }));
    }
  }
});

const nudged = (p: Float32Array) => p.map((value, i) => value * (1 + (i % 2 === 0 ? 1e-6 : -1e-6)));

test('logits that are all equal', () => {
  for (const ground of GROUNDS) {
    for (const value of [0, 1e4, -1e4, 3e38, -3e38, 1e-40]) {
      for (const power of powersOf(ground)) {
        const made = groundOf(ground, 33);
        const rows = [new Float32Array(33).fill(value), new Float32Array(33).fill(value)];
        checkProblem(problemOf(rows, [0, 20], { ground: made, power }), describe({ ground, value, power }));
      }
    }
  }
});

test('one class left by the mask: exactly right, or exactly wrong', () => {
  for (const ground of GROUNDS) {
    for (const classes of SIZES) {
      for (const power of powersOf(ground)) {
        const made = groundOf(ground, classes);
        const last = new Float32Array(classes).fill(-Infinity).fill(0.5, classes - 1);
        const problem = problemOf([last, last], [classes - 1, 0], { ground: made, power, reduction: 'none' });
        const { gradient } = evaluate(problem);
        checkProblem(problem, describe({ ground, classes, power }));
        assert.ok(
          (gradient as Float32Array).every((g) => g === 0),
          'no class can change',
        );
      }
    }
  }
});

test('p equal to t: E and its gradient are 0, under a root too', () => {
  for (const ground of GROUNDS.filter((name) => !isMatrix(name))) {
    for (const normalization of ['sum', 'mean', 'root-mean', 'nima'] as const) {
      for (const power of powersOf(ground)) {
        // Sums of these are exact, in any order.
        const p = Float32Array.of(0.25, 0, 0.125, 0.5, 0, 0.125, 0, 0);
        const problem: Problem = {
          classes: 8,
          input: 'probabilities',
          ground: groundOf(ground, 8),
          predictions: p,
          targets: { kind: 'distribution', values: p },
          power,
          normalization,
        };
        const { loss, gradient } = evaluate(problem);
        const what = describe({ ground, normalization, power });
        assert.is(loss, 0, what);
        assert.ok(
          (gradient as Float32Array).every((g) => g === 0),
          `${what}: ${gradient}`,
        );
      }
    }
  }
});

test('the root of E has gradient 0 where an index target is met exactly', () => {
  for (const ground of GROUNDS.filter(
    (name) => !name.startsWith('xemd') && !['matrix-positive', 'energy-indefinite'].includes(name),
  )) {
    for (const normalization of ['root-mean', 'nima'] as const) {
      for (const input of ['logits', 'probabilities'] as const) {
        const row = new Float32Array(9).fill(input === 'logits' ? -Infinity : 0).fill(1, 4, 5);
        const made = groundOf(ground, 9);
        const { loss, gradient } = evaluate(problemOf([row], [4], { ground: made, normalization, input }));
        assert.is(loss, 0);
        assert.ok(
          (gradient as Float32Array).every((g) => g === 0),
          describe({ ground, normalization, input }),
        );
      }
    }
  }
});

test('a masked target: cross entropy is infinite and counted, and spoils nothing where its weight is 0', () => {
  const rows = [Float32Array.of(0, 1, -Infinity, 2), Float32Array.of(0, 1, 1, 2)];
  const targets = {
    kind: 'distribution',
    values: layOut([Float32Array.of(0, 0, 0.5, 0.5), Float32Array.of(1, 0, 0, 0)], 4),
  } as const;
  for (const change of [{}, { targets }]) {
    const alone = problemOf(rows, [2, 2], change);
    const result = evaluate(alone);
    checkResult(alone, result, 'alone');
    assert.is(result.crossEntropy, Infinity);
    assert.is(result.nonFinite, 0);
    assert.ok(Number.isFinite(result.loss));

    const mixed = { ...alone, crossEntropyWeight: 1 };
    checkProblem(mixed, 'mixed');
    assert.is(evaluate(mixed).nonFinite, 1);
    assert.is(evaluate(mixed).loss, Infinity);
  }
});

test('denormal numbers of the caller are still there after a call', () => {
  const tiny = Float64Array.of(Number.MIN_VALUE, 2.3e-308);
  const alive = () => tiny[0] * 1 !== 0 && tiny[0] + tiny[0] > tiny[0] && tiny[1] / 4 > 0;
  assert.ok(alive());
  for (const ground of GROUNDS) {
    for (const [rows, classes] of [
      [3, 8],
      [3, 600],
      [2000, 100],
    ]) {
      evaluate(makeProblem({ ...PLAIN, ground, rows, classes }, seed));
      assert.ok(alive(), describe({ ground, rows, classes }));
    }
  }
});

test('probabilities of 0 under cross entropy', () => {
  const rows = [probabilities([0, -200, 3, 1]), Float32Array.of(0, 0, 0, 1), Float32Array.of(1e-40, 0, 0, 1)];
  for (const reduction of ['mean', 'none'] as const) {
    const problem = problemOf(rows, [1, 1, 0], { input: 'probabilities', crossEntropyWeight: 0.5, reduction });
    checkProblem(problem, reduction);
  }
});

test.run();
