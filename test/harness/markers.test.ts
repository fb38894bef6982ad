// A marker that the runner does not know would be a suite that is silently not run on every instruction set.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { markersOf } from '../support/markers.js';

const test = suite('markers');

test('a suite without markers is not numeric', () => {
  for (const source of ['', '// A suite of the runner.\nimport x;', "const line = '// runner: numeric';"]) {
    assert.equal(markersOf(source, 'a'), { numeric: false, wasm: false, seconds: 0 });
  }
});

test('a suite may run on WebAssembly without being numeric', () => {
  assert.equal(markersOf('// runner: wasm', 'a'), { numeric: false, wasm: true, seconds: 0 });
});

test('a suite says that it is numeric, and how long it takes', () => {
  assert.equal(markersOf('// About x.\n// runner: numeric\n', 'a'), { numeric: true, wasm: true, seconds: 0 });
  assert.equal(markersOf('// runner: 40 s\nimport x;', 'a'), { numeric: false, wasm: false, seconds: 40 });
  assert.equal(markersOf('// runner: numeric, 20 s', 'a'), { numeric: true, wasm: true, seconds: 20 });
});

for (const line of [
  '// runner: numeric tests',
  '// runner: Numeric',
  '// runner: numeric,20 s',
  '// runner: numeric, ',
  '// runner: 20',
  '// runner: 0 s',
  '// runner: -1 s',
  '// runner: long',
  '// runner:',
  '// runner numeric',
  '// Runner: numeric',
  '//runner: numeric',
  '/* runner: numeric */',
  '  // runner: numeric',
  '// runner: numeric\n// runner: 20 s',
]) {
  test(`refused: ${JSON.stringify(line)}`, () => {
    assert.throws(() => markersOf(`// A suite.\n${line}\nimport x;`, 'loss/a'), /^loss\/a: /);
  });
}

test('the run fails before it starts if a suite has an unknown marker', () => {
  const folder = mkdtempSync(join(tmpdir(), 'squared-emd-'));
  try {
    writeFileSync(join(folder, 'wrong.test.ts'), '// runner: numerical\n');
    const { status, stdout } = spawnSync(process.execPath, [join(__dirname, '../run.js'), `--suites=${folder}`], {
      encoding: 'utf8',
    });
    assert.is(status, 1);
    assert.match(stdout, /^wrong: expected the marker .*, received "numerical"\n\n0 passed, 1 failed\n$/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test.run();
