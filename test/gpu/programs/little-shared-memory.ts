// Child, on a GPU with as little shared memory as any has: rows that do not fit are taken in another way.
import * as assert from 'uvu/assert';
import { DeviceArray, emdLoss } from '../../../lib/index.js';
import { HALVES, toFloat32 } from '../../../shared/half.js';
import { optionsOf, targetsOf } from '../../../shared/oracle/call.js';
import { makeProblem, PLAIN } from '../../../shared/oracle/problems.js';
import { checkResult } from '../../support/check.js';
import { seed } from '../../support/scale.js';
import { evaluateOnDevice, release } from '../support/device-call.js';

for (const ground of ['ordered-gaps', 'circular', 'tree-random'] as const) {
  for (const targets of ['index', 'distribution'] as const) {
    // Threads that share a row have as many classes as they are meant to have at most, and few more rows would fit.
    for (const classes of [64, 511, 1000, 1024, 1536, 3000, 5300, 9000]) {
      const problem = makeProblem({ ...PLAIN, classes, targets, rows: 3, ground, mood: 'peaked', mix: 'both' }, seed);
      checkResult(problem, evaluateOnDevice(problem), `${ground}, ${targets}, ${classes}, seed ${seed}`);
      for (const dtype of HALVES) {
        const predictions = DeviceArray.from(problem.predictions, { dtype });
        const rounded = { ...problem, predictions: toFloat32(dtype, predictions.toHost() as Uint16Array) };
        const { emd, gradient } = emdLoss(predictions, targetsOf(problem.targets), optionsOf(problem));
        release(predictions, gradient);
        const exact = evaluateOnDevice(rounded).emd;
        assert.ok(
          Math.abs(emd - exact) <= 1e-5 * exact,
          `${ground}, ${targets}, ${classes}, ${dtype}: ${emd}, ${exact}`,
        );
      }
    }
  }
}
console.log('done');
