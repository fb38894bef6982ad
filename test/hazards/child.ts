import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import * as assert from 'uvu/assert';

interface ChildOptions {
  /** What runs the script; default: this Node. */
  runtime?: string;
  /** Arguments of the runtime, before the script. */
  node?: string[];
  env?: Record<string, string>;
  /** The exit code of a child that survives. */
  code?: number;
}

/** Runs one of the scripts beside this file in a process of its own, and asserts that it ends as it should: not by a signal. */
export function survives(
  script: string,
  parameters: string[] = [],
  { runtime = process.execPath, node = [], env = {}, code = 0 }: ChildOptions = {},
): string {
  const { status, signal, stdout, stderr, error } = spawnSync(
    runtime,
    [...node, join(__dirname, `${script}.js`), ...parameters],
    { env: { ...process.env, ...env }, encoding: 'utf8', timeout: 180_000, maxBuffer: 2 ** 26 },
  );
  const ending = `${script} ${parameters.join(' ')}: status ${status}, signal ${signal} ${error ?? ''}\n${stdout.slice(-3000)}\n${stderr.slice(-3000)}`;
  assert.is(signal, null, ending);
  assert.is(status, code, ending);
  if (code === 0) assert.match(stdout, /\bdone\n$/, ending);
  return stdout;
}
