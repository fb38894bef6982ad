import path from 'node:path';
import { Presets, SingleBar } from 'cli-progress';
import { runTasks } from '../shared/pool.js';
import { stepsOf, type Task, type TaskResult } from './experiment.js';
import type { Store } from './store.js';

/** The results of the tasks, in their order: those in the store, and those of networks that are trained now. */
export async function runOrResume(tasks: readonly Task[], store: Store, fresh: boolean): Promise<TaskResult[]> {
  const missing = tasks.filter((task) => fresh || !store.find(task));
  if (missing.length > 0) {
    const steps = (some: readonly Task[]) => some.reduce((sum, task) => sum + stepsOf(task), 0);
    const bar = progressBar();
    bar.start(steps(tasks), steps(tasks) - steps(missing));
    await runTasks<Task, TaskResult>(
      path.join(__dirname, 'worker.js'),
      missing,
      (done) => bar.increment(done),
      (result) => store.add(result),
    ).finally(() => bar.stop());
  }
  return tasks.map((task) => store.find(task) as TaskResult); // from the files, so that resumed runs give the same numbers
}

function progressBar(): SingleBar {
  return new SingleBar(
    {
      format: 'training {bar} {percentage}%, {duration_formatted} gone, {eta_formatted} left',
      etaBuffer: 100,
      noTTYOutput: true, // without a terminal, a line now and then
      notTTYSchedule: 30_000,
    },
    Presets.shades_classic,
  );
}
