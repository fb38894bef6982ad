// Child, on a GPU of so little memory that an energy's rows are taken some at a time: within the bounds of the oracle, and counted once.
import type { Reduction } from '../../../shared/oracle/oracle.js';
import { type Description, makeProblem, PLAIN } from '../../../shared/oracle/problems.js';
import { checkResult } from '../../support/check.js';
import { scaled, seed } from '../../support/scale.js';
import { evaluateOnDevice } from '../support/device-call.js';

for (const targets of ['index', 'distribution'] as const) {
  for (const reduction of scaled<readonly Reduction[]>(['mean', 'none'], ['mean', 'sum', 'none'])) {
    for (const more of [{}, { inner: 'some' }, { weights: 'both' }] as const) {
      const plain = { ...PLAIN, ground: 'energy', classes: 40, rows: 1700, mood: 'calm', mix: 'both' } as const;
      const description: Description = { ...plain, ...more, targets, reduction };
      const problem = makeProblem(description, seed);
      checkResult(problem, evaluateOnDevice(problem), JSON.stringify({ seed, ...description }));
    }
  }
}
// A wrong label and a loss that is not finite, in different parts of the batch.
const problem = makeProblem({ ...PLAIN, ground: 'energy', classes: 40, rows: 1700 }, seed);
problem.predictions[40 * 1600] = Number.NaN;
const { firstNonFinite, nonFinite } = evaluateOnDevice(problem);
if (firstNonFinite !== 1600 || nonFinite !== 1) throw new Error(`${firstNonFinite}, ${nonFinite}`);
console.log('done');
