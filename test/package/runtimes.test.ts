// The users' programs that `npm run test:runtimes` runs elsewhere, on this runtime.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('runtimes');

for (const [name, file] of [
  ["a user's program trains, awaits, has workers, learns a distance and judges", 'program.mjs'],
  ['a program on WebAssembly awaits, has workers, and ends when it is done', 'wasm.mjs'],
]) {
  test(name, () => {
    const program = join(__dirname, '../../../test/package/runtimes', file);
    const { status, stdout, stderr } = spawnSync(process.execPath, [program], { encoding: 'utf8' });
    assert.is(status, 0, stdout + stderr);
    assert.match(stdout, /^passed on [^\n]*\n$/);
  });
}

test.run();
