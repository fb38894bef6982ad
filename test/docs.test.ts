// The programs in the documentation run as they stand.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { cuda } from '../lib/index.js';
import { skip } from './skip.js';

const test = suite('documentation');
const root = join(__dirname, '../..');
const pages = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)];
const programs = pages
  .filter((page) => page.endsWith('.md'))
  .flatMap((page) =>
    Array.from(readFileSync(join(root, page), 'utf8').matchAll(/^```js\n(.*?)^```/gms), ([, program], i) => ({
      title: `${page}, program ${i + 1}`,
      program,
    })),
  );

/** What the reader brings along. */
const READERS_OWN = `
  const batches = [{ inputs: null, labels: Int32Array.of(0, 4) }];
  const network = { forward: () => new Float32Array(10), backward() {} };
  const optimizer = { step() {} };
`;

for (const { title, program } of programs) {
  if (/DeviceArray|device: 0/.test(program) && !cuda.status().available) {
    skip(test, title, 'it needs a GPU');
    continue;
  }
  test(title, () => {
    // In the package's own folder its name leads to itself.
    const type = /^import /m.test(program) ? 'module' : 'commonjs';
    const own = /\bbatches\b/.test(program) ? READERS_OWN : '';
    const { status, stderr } = spawnSync(process.execPath, [`--input-type=${type}`, '-e', own + program], {
      cwd: root,
      encoding: 'utf8',
    });
    assert.is(status, 0, stderr);
  });
}

test('there are programs', () => {
  assert.ok(programs.length >= 4, `${programs.length}`);
});

test.run();
