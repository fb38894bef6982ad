// Programs of pages, bundled without any configuration (`npm run test:bundlers`: by other bundlers, too): they run, load nothing of
// Node.js, and are small.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { buildSync } from 'esbuild';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { noChromium, withPage } from '../support/chromium.js';
import { skip } from '../support/skip.js';
import { makeProject } from '../support/user-project.js';
import { PROGRAMS, type Program } from './bundles/programs.js';

const test = suite('bundles');

const folder = mkdtempSync(join(tmpdir(), 'squared-emd-bundles-'));
makeProject(folder, ['dist/esm', 'dist/cjs'], ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-cpu']);
test.after(() => rmSync(folder, { recursive: true }));

interface Bundle {
  text: string;
  /** The files of the package in it, and what else was asked for. */
  files: string[];
  imports: string[];
}

function bundle({ source }: Pick<Program, 'source'>): Bundle {
  const entry = join(folder, 'main.js');
  writeFileSync(entry, source);
  const { outputFiles, metafile } = buildSync({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    outfile: join(folder, 'out.js'),
  });
  const [output] = Object.values(metafile.outputs);
  return {
    text: outputFiles[0].text,
    files: Object.keys(metafile.inputs).filter((name) => name.includes('/squared-emd/dist/')),
    imports: output.imports.map(({ path }) => path),
  };
}

/** What a program says where there is nothing but what pages and workers have. */
async function answerOf(text: string): Promise<unknown> {
  const page: Record<string, unknown> = createContext({
    atob,
    clearTimeout,
    MessageChannel,
    performance,
    setTimeout,
    TextDecoder,
    TextEncoder,
  });
  page.self = page;
  try {
    runInContext(text, page);
    return await page.answer;
  } catch (error) {
    throw new Error(`${error}`); // its stack would show the bundle
  }
}

async function answerOfPage(text: string): Promise<unknown> {
  writeFileSync(join(folder, 'page.js'), text);
  let answer: unknown;
  await withPage(folder, async (page) => {
    await page.addScriptTag({ url: '/page.js' });
    answer = await page.evaluate('answer');
  });
  return answer;
}

const reason = noChromium();
for (const [name, program] of Object.entries(PROGRAMS)) {
  if (program.inPage && reason) {
    skip(test, name, reason);
    continue;
  }
  test(name, async () => {
    const { text, files, imports } = bundle(program);
    assert.equal(imports, []);
    assert.ok(files.length > 0 && files.every((file) => file.includes('/dist/esm/')), `${files}`);
    for (const module of builtinModules) assert.not(text.includes(`require("${module}")`), module);
    assert.not.match(text, /['"]node:/);
    assert.not.match(text, program.without);
    const bytes = gzipSync(text, { level: 9 }).length;
    assert.ok(bytes <= program.most, `${bytes} bytes compressed, at most ${program.most}`);
    assert.is(await (program.inPage ? answerOfPage : answerOf)(text), program.answer);
  });
}

test('CommonJS, as older bundlers have it', async () => {
  const source = `globalThis.answer = require('squared-emd').emdLoss(new Float32Array(2), [0], { classes: 2 }).loss;`;
  const { text, files } = bundle({ source });
  assert.ok(
    files.every((file) => file.includes('/dist/cjs/')),
    `${files}`,
  );
  assert.is(await answerOf(text), 0.25);
});

test.run();
