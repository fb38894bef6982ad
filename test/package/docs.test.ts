// The programs in the documentation run as they stand, and what refers to its pages finds something there.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { cuda } from '../../lib/index.js';
import { skip } from '../support/skip.js';

const test = suite('documentation');
const root = join(__dirname, '../../..');
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
    const folder = mkdtempSync(join(root, 'dist/program-'));
    const file = join(folder, /^import /m.test(program) ? 'program.mjs' : 'program.cjs');
    writeFileSync(file, (/\bbatches\b/.test(program) ? READERS_OWN : '') + program);
    const { status, stderr } = spawnSync(process.execPath, [file], { cwd: root, encoding: 'utf8' });
    rmSync(folder, { recursive: true });
    assert.is(status, 0, stderr);
  });
}

const internals = join(root, 'docs/internals');

/** The texts of all files below a folder of the sources, by name. */
function textsOf(folder: string): [name: string, text: string][] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(h|cpp|cu|cuh|ts|mts)$/.test(name))
    .map((name) => [join(folder, name), readFileSync(join(root, folder, name), 'utf8')]);
}

test('what comments cite of the mathematics is a heading there', () => {
  const page = readFileSync(join(internals, 'mathematics.md'), 'utf8');
  const headings = Array.from(page.matchAll(/^#+ (?:[\d.]+ )?(.*)$/gm), ([, heading]) => heading.toLowerCase());
  const cited = ['native', 'lib'].flatMap(textsOf).flatMap(([name, text]) => {
    const passages = text.replace(/\n\s*(\/\/|\*)/g, '').matchAll(/\(mathematics[,:] "([^"]+)"/g);
    return Array.from(passages, ([, passage]) => ({ name, passage }));
  });
  assert.ok(cited.length > 0);
  for (const { name, passage } of cited) {
    const found = headings.some((heading) => heading.startsWith(passage.toLowerCase()));
    assert.ok(found, `${name} cites "${passage}"`);
  }
});

/** All pages of Markdown, from the root. */
const written = ['', 'docs', 'docs/internals', 'docs/evidence', 'examples', 'data'].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name)),
);

test('what pages link to is there', () => {
  for (const page of written) {
    const text = readFileSync(join(root, page), 'utf8').replace(/```.*?```/gs, '');
    for (const [, target] of text.matchAll(/(?:\]\(|src=")([^)#"]+)[^)"]*[)"]/g)) {
      assert.ok(/^https?:/.test(target) || existsSync(join(root, page, '..', target)), `${page} links to ${target}`);
    }
  }
});

test('files that pages about the internals name are there', () => {
  const all = ['native', 'lib', 'test', 'bench', 'evidence', 'shared', 'scripts'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => `/${folder}/${name}`),
  );
  for (const page of [...written.filter((name) => name.startsWith('docs/internals')), 'CONTRIBUTING.md']) {
    const text = readFileSync(join(root, page), 'utf8').replace(/```.*?```/gs, '');
    for (const [, name] of text.matchAll(/`([\w./*-]+\.(?:h|cpp|cu|cuh|ts|mts))`/g)) {
      const pattern = new RegExp(`/${name.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`);
      assert.ok(all.some((file) => pattern.test(file)) || existsSync(join(root, name)), `${page} names ${name}`);
    }
  }
});

test('there are programs', () => {
  assert.ok(programs.length >= 4, `${programs.length}`);
});

test.run();
