import type { Environment } from '../../bench/report/environment.js';
import type { Checkpoint, Run, TaskResult } from '../experiment.js';
import { type At, type Group, groupsOf } from './summary.js';

/** The part of what {@link resultsOf} writes that is read again. */
export interface Results {
  groups: { problem: string; rows: TaskResult['rows']; epochs: number; seeds: number[]; runs: object[] }[];
}

/** All scores in the form that is stored, with a list over seeds where {@link Run} has a number. */
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

/** The groups of stored results, without learned distances, which are not stored. */
export function readGroups({ groups }: Results): Group[] {
  return groupsOf(
    groups.flatMap(({ problem, rows, epochs, seeds, runs }) =>
      seeds.map((seed, i) => {
        const task = { problem, trainRows: rows.train, epochs, seed, keepDistances: false };
        return { task, rows, runs: runs.map((run) => pick(run, i) as Run) } as TaskResult;
      }),
    ),
  );
}

/** The inverse of {@link lists}: takes one place of each list. */
function pick(value: unknown, i: number): unknown {
  if (Array.isArray(value)) return value[i];
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, pick(inner, i)]));
}

/** Turns objects of the same form into one object of lists. */
function lists(values: readonly (Checkpoint | object | number)[]): unknown {
  const [first] = values;
  if (typeof first !== 'object' || first === null) return values;
  return Object.fromEntries(
    Object.keys(first).map((key) => [key, lists(values.map((value) => (value as Record<string, number>)[key]))]),
  );
}
