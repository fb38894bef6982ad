import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { environment } from '../bench/report/environment.js';
import { runCommand } from '../shared/command.js';
import { gainFigure } from './report/gain-figure.js';
import { digest, page } from './report/page.js';
import { resultsOf } from './report/results.js';
import { groupsOf } from './report/summary.js';
import { runOrResume } from './run.js';
import { readSettings, type Settings, USAGE } from './settings.js';
import { Store, writeJson } from './store.js';

async function run({ tasks, out, fresh }: Settings): Promise<void> {
  const started = performance.now();
  const folder = path.resolve(out);
  const machine = environment();
  const groups = groupsOf(await runOrResume(tasks, new Store(folder), fresh));
  writeJson(path.join(folder, 'results.json'), resultsOf(groups, machine));
  const report = path.join(folder, 'report.html');
  writeFileSync(report, page(groups, machine));
  writeFileSync(path.join(folder, 'gains.svg'), gainFigure(groups));
  console.log(digest(groups));
  console.log(`\nReport: ${report}\n${((performance.now() - started) / 60_000).toFixed(1)} minutes`);
}

runCommand(readSettings, USAGE, run);
