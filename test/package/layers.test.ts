// Data flows one way: no file reaches into the layer above its own, and no rooms of native code need each other in a circle.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('layers');

const root = join(__dirname, '../../..');

/** What the files of a folder may import from, besides that folder. Of lib, `squared-emd` is the published name. */
const MAY_IMPORT: Record<string, string[]> = {
  lib: [],
  shared: ['lib', 'squared-emd'],
  bench: ['lib', 'squared-emd', 'shared'],
  evidence: ['lib', 'squared-emd', 'shared', 'bench'],
  examples: ['squared-emd', 'shared'],
  test: ['lib', 'squared-emd', 'shared', 'bench', 'evidence', 'examples'],
};

/** The same of native code, and which of the systems' interfaces no file of a folder may know. */
const MAY_INCLUDE: Record<string, { folders: string[]; foreign: RegExp }> = {
  include: { folders: [], foreign: /^(node_)?(napi|api)|^cuda/ },
  core: { folders: ['include'], foreign: /^(node_)?(napi|api)|^cuda/ },
  cpu: { folders: ['include', 'core'], foreign: /^(node_)?(napi|api)|^cuda/ },
  cuda: { folders: ['include', 'core'], foreign: /^(node_)?(napi|api)/ },
  wasm: { folders: ['include', 'core', 'cpu'], foreign: /^(node_)?(napi|api)|^cuda/ },
  napi: { folders: ['include', 'core'], foreign: /^cuda/ },
};

interface Reference {
  from: string;
  /** A path of the project, or what stands in its place. */
  to: string;
}

const IMPORT = /(?:\bfrom|\bimport|\bimport\(|\brequire\()\s*['"]([^'"]+)['"]/g;
const INCLUDE = /^[ \t]*#[ \t]*include[ \t]*[<"]([^>"]+)[>"]/gm;

/** The target of a relative path from a file, and any other as it is. */
function resolved(file: string, target: string): string {
  return target.startsWith('.')
    ? normalize(join(dirname(file), target))
        .split(sep)
        .join('/')
    : target;
}

const importsOf = (file: string, source: string): Reference[] =>
  Array.from(source.matchAll(IMPORT), ([, to]) => ({ from: file, to: resolved(file, to) }));

// Includes in quotes are relative with or without a dot.
const includesOf = (file: string, source: string): Reference[] =>
  Array.from(source.matchAll(INCLUDE), ([line, to]) => ({
    from: file,
    to: line.includes('"') ? resolved(file, `./${to}`) : to,
  }));

function referencesIn(folder: string, names: RegExp, find: typeof importsOf): Reference[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name.split(sep).join('/')}`)
    .filter((file) => names.test(file) && !file.includes('node_modules'))
    .flatMap((file) => find(file, readFileSync(join(root, file), 'utf8')));
}

const layerOf = (path: string) => path.split('/')[0];

function wrongImports(references: Reference[]): string[] {
  return references
    .filter(({ from, to }) => {
      const [own, other] = [layerOf(from), layerOf(to)];
      return other !== own && (other in MAY_IMPORT || other === 'squared-emd') && !MAY_IMPORT[own].includes(other);
    })
    .map(({ from, to }) => `${from} imports ${to}`);
}

function wrongIncludes(references: Reference[]): string[] {
  return references
    .filter(({ from, to }) => {
      const { folders, foreign } = MAY_INCLUDE[from.split('/')[1]];
      if (!to.startsWith('native/')) return foreign.test(to);
      const [own, other] = [from, to].map((path) => path.split('/')[1]);
      return other !== own && !folders.includes(other);
    })
    .map(({ from, to }) => `${from} includes ${to}`);
}

/** What is in folders of a room counts as the room's. */
const roomOf = (path: string) => dirname(path).split('/').slice(1, 3).join('/');

/** Circles among the rooms of native code, each as the rooms that it goes through. */
function circles(references: Reference[]): string[] {
  const needs = new Map<string, Set<string>>();
  for (const { from, to } of references) {
    if (!to.startsWith('native/') || roomOf(from) === roomOf(to)) continue;
    needs.set(roomOf(from), (needs.get(roomOf(from)) ?? new Set()).add(roomOf(to)));
  }
  const found = new Set<string>();
  const done = new Set<string>();
  const visit = (folder: string, path: string[]): void => {
    if (path.includes(folder)) {
      found.add([...path.slice(path.indexOf(folder)), folder].join(' > '));
      return;
    }
    if (done.has(folder)) return;
    for (const next of needs.get(folder) ?? []) visit(next, [...path, folder]);
    done.add(folder);
  };
  for (const folder of needs.keys()) visit(folder, []);
  return [...found];
}

const scripts = Object.keys(MAY_IMPORT).flatMap((folder) => referencesIn(folder, /\.[mc]?[jt]s$/, importsOf));
const sources = referencesIn('native', /\.(h|cpp|cu|cuh|inc)$/, includesOf);

test('every layer is looked at', () => {
  assert.equal([...new Set(scripts.map(({ from }) => layerOf(from)))].sort(), Object.keys(MAY_IMPORT).sort());
  const folders = readdirSync(join(root, 'native'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  assert.equal(folders.map(({ name }) => name).sort(), Object.keys(MAY_INCLUDE).sort());
  assert.ok(scripts.length > 1000 && sources.length > 400, `${scripts.length} imports, ${sources.length} includes`);
});

test('an import of the layer above is seen', () => {
  for (const line of [
    "import { a } from '../test/support/a.js';",
    "export * from '../test/support/a.js';",
    "import '../test/support/a.js';",
    "const a = await import('../test/support/a.js');",
    "const a = require('../test/support/a.js');",
    "import {\n  a,\n} from '../test/support/a.js';",
  ]) {
    assert.equal(wrongImports(importsOf('bench/a.ts', line)), ['bench/a.ts imports test/support/a.js'], line);
  }
  assert.equal(wrongImports(importsOf('lib/a/b.ts', "import { a } from '../../shared/a.js';")).length, 1);
  assert.equal(wrongImports(importsOf('lib/a/b.ts', "import { a } from '../shared/a.js';")).length, 0);
});

test('an include of the layer above, or of what a layer may not know, is seen', () => {
  const wrong = (file: string, line: string) => wrongIncludes(includesOf(file, line)).length;
  assert.is(wrong('native/cpu/a.h', '#include "../napi/core/a.h"'), 1);
  assert.is(wrong('native/cpu/a.h', '#include "../cuda/a.h"'), 1);
  assert.is(wrong('native/cpu/a.h', '#include <napi.h>'), 1);
  assert.is(wrong('native/cuda/a.h', '#include <node_api.h>'), 1);
  assert.is(wrong('native/napi/loss/a.h', '#include "../../cpu/rows/a.h"'), 1);
  assert.is(wrong('native/napi/gpu/a.h', '#  include <cuda_runtime.h>'), 1);
  assert.is(wrong('native/core/a.h', '#include <cuda.h>'), 1);
  assert.is(wrong('native/cuda/a.h', '#include <cuda_runtime.h>'), 0);
  assert.is(wrong('native/napi/gpu/a.h', '#include "../../include/squared_emd_cuda.h"'), 0);
});

test('a circle of rooms is seen', () => {
  const reference = (from: string, to: string) => ({ from: `native/${from}/a.h`, to: `native/${to}/a.h` });
  assert.equal(circles([reference('a', 'b'), reference('b', 'c'), reference('a', 'c'), reference('a', 'a')]), []);
  assert.equal(circles([reference('a', 'b'), reference('b', 'c'), reference('c', 'b')]), ['b > c > b']);
});

test('no import reaches upwards', () => assert.equal(wrongImports(scripts), []));

test('no include reaches upwards or sideways', () => assert.equal(wrongIncludes(sources), []));

test('no rooms of native code need each other in a circle', () => assert.equal(circles(sources), []));

test.run();
