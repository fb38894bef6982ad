// Gaps much wider than others: on a circle the slope of one cancels; of power 1 they show each rounding of what crosses them.
// runner: 20 s
import { layOut, makeProblem, PLAIN, problemOf } from '../../shared/oracle/problems.js';
import { Random } from '../../shared/oracle/random.js';
import { WEBGPU } from '../../shared/oracle/tolerances.js';
import { checkResult } from '../support/check.js';
import { longGaps } from '../support/long-gaps.js';
import { scaled, seed } from '../support/scale.js';
import { checkRowsOf } from '../support/wide-gaps.js';
import { webGpuSuite } from './support/device.js';
import { evaluateOnWebGpu } from './support/webgpu-call.js';

const test = webGpuSuite('wide gaps on WebGPU');

const BOUNDS = { loss: 1e-5, gradient: 2e-5 };
const RATIOS = [10, 1e4, 1e8, 1e30];

for (const input of ['logits', 'probabilities'] as const) {
  for (const targets of ['index', 'distribution'] as const) {
    test(`${input}, ${targets}: gradients hold for every ratio, wherever the gap is`, async (device) => {
      const random = new Random(seed);
      for (const classes of scaled([2, 9, 65], [2, 3, 4, 9, 16, 33, 64, 65, 257, 1600])) {
        for (const ratio of RATIOS) {
          for (const at of new Set([0, 1, classes >> 1, classes - 1])) {
            const made = makeProblem({ ...PLAIN, classes, rows: 6, mood: 'calm', mix: 'emd', input }, seed + at);
            const gaps = Float64Array.from({ length: classes }, () => Math.fround(random.between(0.25, 4)));
            gaps[at] = Math.fround(ratio * 2);
            const problem = { ...made, ground: { kind: 'circular', gaps } as const };
            if (targets === 'distribution') {
              const rows = Array.from({ length: 6 }, () => random.floats(classes, () => random.index(50)));
              Object.assign(problem, { targets: { kind: 'distribution', values: layOut(rows, classes) } });
            }
            const what = JSON.stringify({ seed, classes, ratio, at });
            checkRowsOf(await evaluateOnWebGpu(device, problem), problem, what, BOUNDS);
          }
        }
      }
    });
  }
}

test('power 1: of boundaries that are crossed by as much, the one in the middle of the circle has the slope that balances', async (device) => {
  for (const classes of [5, 30, 300, 4000]) {
    const row = new Float32Array(classes);
    for (let k = 0; k < 4; k++) row[Math.floor((k * classes) / 4)] = 0.25; // exactly, so that sums are
    for (const at of new Set([0, 1, classes >> 2, classes >> 1, classes - 1])) {
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
      checkRowsOf(await evaluateOnWebGpu(device, problem), problem, JSON.stringify({ classes, at }), BOUNDS);
    }
  }
});

test('E of power 1 of few classes, far from each other', async (device) => {
  for (const [problem, form] of longGaps(scaled(200, 1000), 3, new Random(seed), { mostClasses: scaled(4, 16) })) {
    const result = { ...(await evaluateOnWebGpu(device, problem)), gradient: null };
    checkResult(problem, result, JSON.stringify({ seed, ...form }), WEBGPU);
  }
});

test.run();
