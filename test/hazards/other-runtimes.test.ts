// What may end a process, on the other runtimes: they end workers in other ways than Node does.
import { spawnSync } from 'node:child_process';
import { suite } from 'uvu';
import { programsOf } from '../support/child.js';
import { skip } from '../support/skip.js';

const test = suite('crashes on other runtimes');
const survives = programsOf(__dirname);

const RUNTIMES: Record<string, string[]> = { bun: [], deno: ['run', '--allow-all', '--unstable-detect-cjs'] };
const SCRIPTS: [title: string, script: string, ...parameters: string[]][] = [
  ['a worker that alone loads the addon, and ends, again and again', 'workers', 'alone'],
  ['workers terminated with calls in flight', 'workers', 'terminated'],
  ['workers that call process.exit with calls in flight', 'workers', 'exiting'],
  ['workers terminated at random times while they load the package', 'terminated', 'loading'],
  ['workers terminated with calls of a ClassCentroids in flight', 'terminated-centroids'],
];

for (const [runtime, node] of Object.entries(RUNTIMES)) {
  const { error } = spawnSync(runtime, ['--version']);
  for (const [title, script, ...parameters] of SCRIPTS) {
    const name = `${runtime}: ${title}`;
    if (error) skip(test, name, `${runtime} is not installed`);
    else test(name, () => void survives(script, parameters, { runtime, node }));
  }
}

test.run();
