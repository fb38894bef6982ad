import type { Environment } from '../../bench/report/environment.js';
import type { Checkpoint, Run } from '../experiment.js';
import type { At, Group } from './summary.js';

/** All scores, by seed, in the form that is kept: a list where {@link Run} has a number. */
export function resultsOf(groups: readonly Group[], environment: Environment): object {
  return {
    environment,
    groups: groups.map(({ problem, results }) => ({
      problem: problem.id,
      rows: results[0].rows,
      epochs: results[0].task.epochs,
      made: results.map(({ made }) => made),
      seeds: results.map(({ task }) => task.seed),
      runs: results[0].runs.map((_, i) => runsOf(results.map(({ runs }) => runs[i]))),
    })),
  };
}

function runsOf(runs: readonly Run[]): object {
  const [{ loss, lambda, correlations }] = runs;
  return {
    loss,
    lambda,
    ...(lambda === 'rule' && { ruleLambda: runs.map(({ ruleLambda }) => ruleLambda) }),
    best: checkpointsOf(runs, 'best'),
    last: checkpointsOf(runs, 'last'),
    ...(correlations && { correlations: runs.map((run) => run.correlations) }),
  };
}

function checkpointsOf(runs: readonly Run[], at: At): object {
  return lists(runs.map((run) => run[at])) as object;
}

/** Objects of the same form as one object of lists. */
function lists(values: readonly (Checkpoint | object | number)[]): unknown {
  const [first] = values;
  if (typeof first !== 'object' || first === null) return values;
  return Object.fromEntries(
    Object.keys(first).map((key) => [key, lists(values.map((value) => (value as Record<string, number>)[key]))]),
  );
}
