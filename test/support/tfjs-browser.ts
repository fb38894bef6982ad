// A page with TensorFlow.js and the package, bundled as pages have them.
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
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

/** Calls `use` with a page that has the global `page` of tfjs-page.ts, with this backend of tfjs. */
export async function withTfjsPage(
  backend: string,
  use: (page: playwright.Page) => Promise<void>,
  forwards = false,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'squared-emd-page-'));
  try {
    buildSync({ entryPoints: [source], bundle: true, format: 'iife', outfile: join(folder, 'page.js') });
    for (const name of readdirSync(wasm)) if (name.endsWith('.wasm')) cpSync(join(wasm, name), join(folder, name));
    await withPage(folder, async (browser) => {
      await browser.addScriptTag({ url: '/page.js' });
      const started = browser.evaluate(([name, isForward]) => page.start(name, isForward), [
        backend,
        forwards,
      ] as const);
      assert.is(await started, backend);
      await use(browser);
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
