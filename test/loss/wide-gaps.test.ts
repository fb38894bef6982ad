// Circles with one gap much wider than all others together: its term of the gradient is the difference of two huge numbers.
// runner: numeric
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { evaluate } from '../../shared/oracle/call.js';
import { norm } from '../../shared/oracle/numbers.js';
import { oracle, type Problem } from '../../shared/oracle/oracle.js';
import { layOut, makeProblem, PLAIN, problemOf } from '../../shared/oracle/problems.js';
import { Random } from '../../shared/oracle/random.js';
import { gradientRow } from '../support/check.js';
import { scaled, seed } from '../support/scale.js';

const test = suite('wide gaps');

const RATIOS = [30, 1e3, 1e6, 1e8, 1e12];

/** Every gradient row to 5e-6 of its norm, as the golden vectors. */
function checkRows(problem: Problem & { predictions: Float32Array }, what: string): void {
  const result = evaluate(problem);
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
      const result = evaluate(problemOf([turned(logits)], [(1 - by + 4) % 4], { ground }));
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
    for (const classes of scaled([2, 3, 9, 33, 600], [2, 3, 4, 9, 16, 33, 100, 511, 512, 600, 1000])) {
      for (const inner of ['none', 'some', 'all'] as const) {
        if (inner !== 'none' && classes > 100) continue;
        for (const ratio of RATIOS) {
          const wide = new Set([0, 1, classes >> 1, classes - 2, classes - 1].map((i) => Math.max(0, i)));
          for (const at of wide) {
            const made = makeProblem({ ...PLAIN, classes, inner, rows: 6, mood: 'calm', mix: 'emd' }, seed + at);
            const gaps = Float64Array.from({ length: classes }, () => Math.fround(random.between(0.25, 4)));
            gaps[at] = Math.fround(ratio * classes);
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

test('index: two wide gaps, next to nobody between them', () => {
  for (const wide of [1e2, 1e4, 1e6, 1e8]) {
    for (const between of [-20, -40, -Infinity]) {
      for (let by = 0; by < 4; by++) {
        const turned = <T>(values: T[]) => values.map((_, i) => values[(i + by) % 4]);
        const ground = { kind: 'circular', gaps: Float64Array.from(turned([1, 1, wide, wide])) } as const;
        checkRows(
          problemOf([turned([0.3, -0.2, 0.1, between])], [(1 - by + 4) % 4], { ground }),
          `${wide} ${between} ${by}`,
        );
      }
    }
  }
});

test('class weights belong to their classes, wherever the circle begins', () => {
  const random = new Random(seed);
  for (const targets of ['index', 'distribution'] as const) {
    const description = {
      ...PLAIN,
      ground: 'circular-wide',
      targets,
      rows: 9,
      weights: 'class',
      mood: 'calm',
    } as const;
    for (let round = 0; round < 20; round++) {
      checkRows(makeProblem(description, random.index(1e6)), `${targets} ${round}`);
    }
  }
});

test.run();
