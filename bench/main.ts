import { loadavg } from 'node:os';
import { performance } from 'node:perf_hooks';
import { runCommand } from '../shared/command.js';
import { toText } from '../shared/table.js';
import { type Group, nameOf } from './cases/case.js';
import { comparison, readResult } from './report/compare.js';
import { describe, environment } from './report/environment.js';
import { Progress } from './report/progress.js';
import type { BenchResult } from './report/result.js';
import { writeResult } from './report/result-file.js';
import { type CaseSummary, summarize } from './report/summary.js';
import { LEGEND, tableOf } from './report/table.js';
import { runCase } from './run/run-case.js';
import { readSettings, type Settings, USAGE } from './settings.js';

async function run(settings: Settings): Promise<void> {
  const started = performance.now();
  const result: BenchResult = { environment: environment(), loadAfter: 0, plan: settings.plan, groups: [] };
  console.log(describe(result.environment));

  const progress = new Progress(settings.groups.reduce((sum, { cases }) => sum + cases.length, 0));
  for (const group of settings.groups) {
    const cases = await runGroup(group, settings, progress);
    result.groups.push({ title: group.title, cases });
    console.log(`\n${toText(tableOf(group.title, cases))}`);
  }
  result.loadAfter = loadavg()[0];

  console.log(`\n${LEGEND}\n\n${writeResult(result, settings.out).join('\n')}`);
  if (settings.compare) console.log(`\n${toText(comparison(readResult(settings.compare), result))}`);
  console.log(
    `${((performance.now() - started) / 1000).toFixed(0)} seconds, load afterwards ${result.loadAfter.toFixed(1)}`,
  );
  reportFailures(result);
}

async function runGroup({ cases }: Group, { variants, plan }: Settings, progress: Progress): Promise<CaseSummary[]> {
  const summaries: CaseSummary[] = [];
  for (const work of cases) {
    progress.begin(nameOf(work));
    summaries.push(summarize(work, await runCase(work, variants, plan)));
    progress.end();
  }
  return summaries;
}

function reportFailures({ groups }: BenchResult): void {
  const failures = groups
    .flatMap(({ cases }) => cases)
    .flatMap(({ name, contenders }) =>
      contenders.flatMap((one) => ('error' in one ? [`${name}, ${one.contender.name}: ${one.error}`] : [])),
    );
  if (failures.length === 0) return;
  console.error(`\n${failures.length} failed:\n${failures.join('\n')}`);
  process.exitCode = 1;
}

runCommand(readSettings, USAGE, run);
