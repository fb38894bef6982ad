// Child, on a GPU of so few multiprocessors that none of the clusters which its rows are for has a place: they are taken in chunks.
import { makeProblem, PLAIN } from '../../../shared/oracle/problems.js';
import { checkResult } from '../../support/check.js';
import { seed } from '../../support/scale.js';
import { evaluateOnDevice } from '../support/device-call.js';

const problem = makeProblem({ ...PLAIN, classes: 300_007, rows: 1, mood: 'peaked', mix: 'both' }, seed);
checkResult(problem, evaluateOnDevice(problem), `seed ${seed}`);
console.log('done');
