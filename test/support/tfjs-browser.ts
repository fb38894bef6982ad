// A page with TensorFlow.js and the package, bundled as pages have them.
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildSync } from 'esbuild';
import type * as playwright from 'playwright-core';
import * as assert from 'uvu/assert';
import { withPage } from '../../shared/chromium.js';
import type { Page } from './tfjs-page.js';

declare const page: Page;

/** The modules of tfjs's own wasm backend. */
const wasm = join(dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json')), 'dist');
const source = join(__dirname, '../../../test/support/tfjs-page.ts');

let bundle: string | undefined;

/** The page's script, bundled once for all tests of a suite. */
function script(): string {
  bundle ??= buildSync({ entryPoints: [source], bundle: true, format: 'iife', write: false }).outputFiles[0].text;
  return bundle;
}

/** On a busy machine Chromium's GPU process loses contexts of WebGL now and then: an error of tfjs's shaders, or no answer. */
const DEADLINE = 90_000;

/** Calls `use` with a page that has the global `page` of tfjs-page.ts, with this backend of tfjs. */
export async function withTfjsPage(
  backend: string,
  use: (page: playwright.Page) => Promise<void>,
  forwards = false,
): Promise<void> {
  try {
    await onTfjsPage(backend, use, forwards);
  } catch (error) {
    if (backend !== 'webgl' || error instanceof assert.Assertion) throw error;
    await onTfjsPage(backend, use, forwards);
  }
}

async function onTfjsPage(
  backend: string,
  use: (page: playwright.Page) => Promise<void>,
  forwards: boolean,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'squared-emd-page-'));
  let deadline: NodeJS.Timeout | undefined;
  try {
    writeFileSync(join(folder, 'page.js'), script());
    for (const name of readdirSync(wasm)) if (name.endsWith('.wasm')) cpSync(join(wasm, name), join(folder, name));
    await withPage(folder, async (browser) => {
      deadline = setTimeout(() => void browser.context().browser()?.close(), DEADLINE);
      await browser.addScriptTag({ url: '/page.js' });
      const started = browser.evaluate(([name, isForward]) => page.start(name, isForward), [
        backend,
        forwards,
      ] as const);
      assert.is(await started, backend);
      await use(browser);
    });
  } finally {
    clearTimeout(deadline);
    rmSync(folder, { recursive: true });
  }
}
