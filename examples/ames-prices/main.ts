import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { Presets, SingleBar } from 'cli-progress';
import { runCommand } from '../../shared/command.js';
import { runTasks } from '../../shared/pool.js';
import { LOSSES, type Task, type TaskResult } from './experiment.js';
import { writeFigure } from './figure.js';
import { report } from './report.js';
import { readSettings, type Settings, USAGE } from './settings.js';

async function run(settings: Settings): Promise<void> {
  const started = performance.now();
  const results = await runWithProgress(settings);
  const figure = path.resolve(settings.out, 'ames-prices.svg');
  writeFigure(results, figure);
  console.log(report(results));
  console.log(`\nLearning curves: ${figure}\n${((performance.now() - started) / 1000).toFixed(0)} seconds`);
}

function runWithProgress({ seeds, epochs, share }: Settings): Promise<TaskResult[]> {
  const tasks: Task[] = Array.from({ length: seeds }, (_, i) => ({ trainShare: share, seed: i + 1, epochs }));
  const bar = new SingleBar(
    {
      format: 'training {bar} {percentage}% of {total} epochs, {eta_formatted} left',
      noTTYOutput: true, // without a terminal, a line now and then
      notTTYSchedule: 10_000,
    },
    Presets.shades_classic,
  );
  bar.start(seeds * LOSSES.length * epochs, 0);
  return runTasks<Task, TaskResult>(path.join(__dirname, 'worker.js'), tasks, (done) => bar.increment(done)).finally(
    () => bar.stop(),
  );
}

runCommand(readSettings, USAGE, run);
