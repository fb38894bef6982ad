// Circles with one gap much wider than the others, whose term of the gradient is the difference of two huge numbers.
import * as assert from 'uvu/assert';
import { norm } from '../../shared/oracle/numbers.js';
import { oracle, type Problem } from '../../shared/oracle/oracle.js';
import { layOut, makeProblem, PLAIN, problemOf } from '../../shared/oracle/problems.js';
import { Random } from '../../shared/oracle/random.js';
import { gradientRow } from '../support/check.js';
import { scaled, seed } from '../support/scale.js';
import { evaluateOnDevice } from './support/device-call.js';
import { gpuSuite } from './support/gpu.js';

const test = gpuSuite('wide gaps on a GPU');

/** Against the mean of the others: below what is taken for a wide gap, just above, and far above. */
const RATIOS = [10, 17, 100, 1e4, 1e6, 1e8, 1e12, 1e30];

/** Every gradient row to 5e-6 of its norm, as the golden vectors. */
function checkRows(problem: Problem, what: string): void {
  const result = evaluateOnDevice(problem);
  const expected = oracle(problem);
  expected.losses.forEach((loss, b) => {
    const actual = (result.losses as Float32Array)[b];
    assert.ok(Math.abs(actual - loss) <= 5e-6 * Math.abs(loss), `${what}: loss of row ${b}: ${actual} is not ${loss}`);
    const wanted = gradientRow(problem, expected.gradient, b);
    const error = norm(gradientRow(problem, result.gradient as Float32Array, b).map((g, c) => g - wanted[c]));
    assert.ok(error <= 5e-6 * norm(wanted), `${what}: gradient of row ${b}: off by ${error / norm(wanted)}`);
  });
}

test('four hours, one of them far from the next: the same gradient wherever the circle begins', () => {
  const logits = [0.3, -0.2, 0.1, 0.5];
  const gradient = [-0.124028, -0.166447, 0.026531, 0.263944];
  for (let by = 0; by < 4; by++) {
    const turned = <T>(values: T[]) => values.map((_, i) => values[(i + by) % 4]);
    for (const wide of [1e6, 1e8]) {
      const ground = { kind: 'circular', gaps: turned([1, 1, 1, wide]) } as const;
      const result = evaluateOnDevice(problemOf([turned(logits)], [(1 - by + 4) % 4], { ground }));
      const wanted = turned(gradient);
      Array.from(result.gradient as Float32Array, (g, i) =>
        assert.ok(Math.abs(g - wanted[i]) < 1e-6, `turned by ${by}, gap ${wide}: ${result.gradient}`),
      );
    }
  }
});

for (const targets of ['index', 'distribution'] as const) {
  test(`${targets}: gradients hold for every ratio, wherever the gap is`, () => {
    const random = new Random(seed);
    for (const classes of scaled([2, 3, 9, 33, 600], [2, 3, 4, 9, 16, 17, 33, 64, 100, 256, 600, 1600])) {
      for (const inner of classes > 100 ? (['none'] as const) : (['none', 'some'] as const)) {
        for (const ratio of RATIOS) {
          for (const at of new Set([0, 1, classes >> 1, classes - 2, classes - 1])) {
            const made = makeProblem({ ...PLAIN, classes, inner, rows: 6, mood: 'calm', mix: 'emd' }, seed + at);
            const gaps = Float64Array.from({ length: classes }, () => Math.fround(random.between(0.25, 4)));
            gaps[at] = Math.fround(ratio * 2);
            const problem = { ...made, ground: { kind: 'circular', gaps } as const };
            if (targets === 'distribution') {
              const rows = Array.from({ length: 6 }, () => random.floats(classes, () => random.index(50)));
              Object.assign(problem, { targets: { kind: 'distribution', values: layOut(rows, classes, made.inner) } });
            }
            checkRows(problem, JSON.stringify({ seed, classes, inner: made.inner, ratio, at }));
          }
        }
      }
    }
  });
}

test('probabilities', () => {
  const random = new Random(seed);
  for (const classes of [3, 9, 40]) {
    for (const ratio of RATIOS) {
      for (const at of [0, classes >> 1, classes - 1]) {
        const made = makeProblem({ ...PLAIN, classes, rows: 6, mood: 'calm', input: 'probabilities' }, seed);
        const gaps = Float64Array.from({ length: classes }, () => Math.fround(random.between(0.25, 4)));
        gaps[at] = Math.fround(ratio * 2);
        checkRows({ ...made, ground: { kind: 'circular', gaps } }, JSON.stringify({ seed, classes, ratio, at }));
      }
    }
  }
});

test('power 1: of boundaries that are crossed by as much, the one in the middle of the circle has the slope that balances', () => {
  for (const classes of [5, 30, 300]) {
    const row = new Float32Array(classes);
    for (let k = 0; k < 4; k++) row[Math.floor((k * classes) / 4)] = 0.25; // exactly, so that sums are
    for (let at = 0; at < classes; at += 1 + (classes >> 4)) {
      const gaps = Float64Array.from({ length: classes }, (_, i) => (i === at ? 8 * classes : 1 + (i % 4)));
      const values = new Float32Array(classes)
        .fill(1, at, at + 1)
        .fill(1, (at + 7) % classes, ((at + 7) % classes) + 1);
      const problem = problemOf([row], [], {
        power: 1,
        input: 'probabilities',
        ground: { kind: 'circular', gaps },
        targets: { kind: 'distribution', values },
      });
      checkRows(problem, JSON.stringify({ classes, at }));
    }
  }
});

test('rows that no shared memory holds', () => {
  const classes = 60_000;
  const random = new Random(seed);
  for (const at of [0, 29_999, classes - 1]) {
    const gaps = new Float64Array(classes).fill(1).fill(1e12, at, at + 1);
    const logits = [0, 1].map(() => random.floats(classes, () => random.normal()));
    checkRows(problemOf(logits, [3, 31_000], { ground: { kind: 'circular', gaps } }), `gap at ${at}`);
  }
});

test.run();
