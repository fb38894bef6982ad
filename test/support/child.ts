import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import * as assert from 'uvu/assert';

interface ChildOptions {
  /** The runtime of the program. Default: this Node. */
  runtime?: string;
  /** Arguments for the runtime, before the program. */
  node?: string[];
  env?: Record<string, string>;
  /** The expected exit code. */
  code?: number;
}

/**
 * Runs one of the programs of a folder of suites (in its `programs/`) in a process of its own, asserts that it exits as expected
 * and not by a signal, and returns what it printed.
 */
export type Survives = (program: string, parameters?: string[], options?: ChildOptions) => string;

export function programsOf(folder: string): Survives {
  return (program, parameters = [], { runtime = process.execPath, node = [], env = {}, code = 0 } = {}) => {
    const file = join(folder, 'programs', `${program}.js`);
    const { status, signal, stdout, stderr, error } = spawnSync(runtime, [...node, file, ...parameters], {
      env: { ...process.env, ...env },
      encoding: 'utf8',
      timeout: 180_000,
      maxBuffer: 2 ** 26,
    });
    const ending = `${program} ${parameters.join(' ')}: status ${status}, signal ${signal} ${error ?? ''}\n${stdout.slice(-3000)}\n${stderr.slice(-3000)}`;
    assert.is(signal, null, ending);
    assert.is(status, code, ending);
    if (code === 0) assert.match(stdout, /\bdone\n$/, ending);
    return stdout;
  };
}
