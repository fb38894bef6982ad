import { layOut, makeProblem, PLAIN, problemOf } from '../../shared/oracle/problems.js';
import { Random } from '../../shared/oracle/random.js';
import { scaled, seed } from '../support/scale.js';
import { checkFourHours, checkRows } from '../support/wide-gaps.js';
import { evaluateOnDevice } from './support/device-call.js';
import { gpuSuite } from './support/gpu.js';

const test = gpuSuite('wide gaps on a GPU');

/** Against the mean of the others: below what is taken for a wide gap, just above, and far above. */
const RATIOS = [10, 17, 100, 1e4, 1e6, 1e8, 1e12, 1e30];

test('four hours, one of them far from the next: the same gradient wherever the circle begins', () =>
  checkFourHours(evaluateOnDevice));

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
            checkRows(evaluateOnDevice, problem, JSON.stringify({ seed, classes, inner: made.inner, ratio, at }));
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
        checkRows(
          evaluateOnDevice,
          { ...made, ground: { kind: 'circular', gaps } },
          JSON.stringify({ seed, classes, ratio, at }),
        );
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
      checkRows(evaluateOnDevice, problem, JSON.stringify({ classes, at }));
    }
  }
});

test('rows that no shared memory holds', () => {
  const classes = 60_000;
  const random = new Random(seed);
  for (const at of [0, 29_999, classes - 1]) {
    const gaps = new Float64Array(classes).fill(1).fill(1e12, at, at + 1);
    const logits = [0, 1].map(() => random.floats(classes, () => random.normal()));
    checkRows(evaluateOnDevice, problemOf(logits, [3, 31_000], { ground: { kind: 'circular', gaps } }), `gap at ${at}`);
  }
});

test.run();
