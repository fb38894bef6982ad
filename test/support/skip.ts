import type { Test } from 'uvu';

/** Skips a test for a reason, which the runner prints at the end; a skip without one is a failure there. */
export function skip<T>(test: Test<T>, name: string, reason: string): void {
  process.stdout.write(`\nSKIP ${name}: ${reason}\n`);
  test.skip(name);
}
