// The user's program that `npm run test:runtimes` runs elsewhere, on this runtime.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('runtimes');

test("a user's program trains, awaits, has workers, learns a distance and judges", () => {
  const program = join(__dirname, '../../../test/package/runtimes/program.mjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [program], { encoding: 'utf8' });
  assert.is(status, 0, stderr);
  assert.match(stdout, /^passed on /);
});

test.run();
