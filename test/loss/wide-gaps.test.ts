// Circles with one gap much wider than the others: its term of the gradient is the difference of two huge numbers.
// runner: numeric
import { suite } from 'uvu';
import { evaluate } from '../../shared/oracle/call.js';
import { layOut, makeProblem, PLAIN, problemOf } from '../../shared/oracle/problems.js';
import { Random } from '../../shared/oracle/random.js';
import { checkResult } from '../support/check.js';
import { longGaps } from '../support/long-gaps.js';
import { scaled, seed } from '../support/scale.js';
import { checkFourHours, checkRows } from '../support/wide-gaps.js';

const test = suite('wide gaps');

const RATIOS = [30, 1e3, 1e6, 1e8, 1e12];

test('four hours, one of them far from the next: the same gradient wherever the circle begins', () =>
  checkFourHours(evaluate));

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
            checkRows(evaluate, problem, JSON.stringify({ seed, classes, inner: made.inner, ratio, at }));
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
          evaluate,
          problemOf([turned([0.3, -0.2, 0.1, between])], [(1 - by + 4) % 4], { ground }),
          `${wide} ${between} ${by}`,
        );
      }
    }
  }
});

// Signs of boundaries that next to nothing crosses are not promised.
test('E of power 1 of few classes, far from each other', () => {
  for (const [problem, form] of longGaps(scaled(3000, 30_000), 3, new Random(seed))) {
    checkResult(problem, { ...evaluate(problem), gradient: null }, JSON.stringify({ seed, ...form }));
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
      checkRows(evaluate, makeProblem(description, random.index(1e6)), `${targets} ${round}`);
    }
  }
});

test.run();
