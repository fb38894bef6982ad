// Programs of pages, bundled without any configuration (`npm run test:bundlers`: by other bundlers, too): they run, load nothing of
// Node.js, and are small.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { buildSync } from 'esbuild';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { noChromium, withPage } from '../../shared/chromium.js';
import { skip } from '../support/skip.js';
import { makeProject } from '../support/user-project.js';
import { compressedBytes } from './bundles/compressed-bytes.js';
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

/** What a program says where there is nothing but what pages and workers have. @param given What it has besides. */
async function answerOf(text: string, given: Record<string, unknown> = {}, before = ''): Promise<unknown> {
  const page: Record<string, unknown> = createContext({
    ...given,
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
    runInContext(before, page);
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
    const bytes = compressedBytes(text);
    assert.ok(bytes <= program.most, `${bytes} bytes compressed, at most ${program.most}`);
    assert.is(await (program.inPage ? answerOfPage : answerOf)(text), program.answer);
  });
}

const COMPILES_NOTHING = `
  globalThis.given = new WebAssembly.Module(bytes);
  WebAssembly.Module = new Proxy(WebAssembly.Module, {
    construct() {
      throw new Error('Wasm code generation disallowed by embedder');
    },
  });
  delete globalThis.FinalizationRegistry;
  delete globalThis.MessageChannel;`;
const COMPILES_LATER = `
  WebAssembly.Instance = class {
    constructor() {
      throw new WebAssembly.CompileError("Refused to create a WebAssembly object because of a policy");
    }
  };`;
const attempt = (before: string) => `
  import { circular, emdLoss, emdLossAsync, useModule } from 'squared-emd';
  ${before}
  const options = { classes: 2, groundDistance: circular([1, 1]) };
  globalThis.answer = (async () => {
    try {
      const { loss } = emdLoss(new Float32Array(2), [0], options);
      return loss === (await emdLossAsync(new Float32Array(2), [0], options)).loss;
    } catch (error) {
      return error.code + / give it to useModule/.test(error.message);
    }
  })();`;

test('where WebAssembly has to be imported as a module, as on edge runtimes, and classes of browsers are missing', async () => {
  const bytes = readFileSync(join(__dirname, '../../../native/wasm/squared_emd.wasm'));
  for (const [before, answer] of [
    ['useModule(given);', true],
    ['', 'WASM_UNAVAILABLEtrue'],
  ] as const) {
    assert.is(await answerOf(bundle({ source: attempt(before) }).text, { bytes }, COMPILES_NOTHING), answer);
  }
});

test('where a policy forbids WebAssembly, and that shows in the making of an instance, as in WebKit', async () => {
  assert.is(await answerOf(bundle({ source: attempt('') }).text, {}, COMPILES_LATER), 'WASM_UNAVAILABLEtrue');
});

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
