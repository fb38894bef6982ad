// Helpers and programs stand apart from suites, so that a folder shows at a glance what it tests.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('folders');

const tests = join(__dirname, '../../../test');
const isSuite = (name: string) => name.endsWith('.test.ts');

test('a folder with suites has no other source', () => {
  const folders = readdirSync(tests, { recursive: true, withFileTypes: true })
    .filter(
      (entry) => entry.isDirectory() && !join(entry.parentPath ?? entry.path, entry.name).includes('node_modules'),
    )
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  const strays = folders.flatMap((folder) => {
    const names = readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [entry.name] : []));
    return names.some(isSuite) ? names.filter((name) => !isSuite(name)).map((name) => join(folder, name)) : [];
  });
  assert.ok(folders.length > 10);
  assert.equal(strays, []);
});

test.run();
