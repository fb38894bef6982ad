import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { runOrResume } from './run.js';
import { readSettings, type Settings, USAGE } from './settings.js';
import { Store } from './store.js';

function main(): void {
  try {
    const settings = readSettings();
    if (settings === undefined) console.log(USAGE);
    else void run(settings);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    process.exitCode = 1;
  }
}

async function run({ tasks, out, fresh }: Settings): Promise<void> {
  const started = performance.now();
  const folder = path.resolve(out);
  const results = await runOrResume(tasks, new Store(folder), fresh);
  console.log(`${results.length} tasks, ${((performance.now() - started) / 60_000).toFixed(1)} minutes`);
}

main();
