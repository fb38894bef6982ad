// A page in Chromium whose WebGPU runs on the CPU (SwiftShader), for tests of code for browsers.
import { existsSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { type Served, serveFolder } from './serve-folder.js';
import { TEST_OPTIONS } from './webgpu-device.js';

const EXECUTABLE = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = [
  '--headless=new',
  '--no-sandbox',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const TEST_FLAGS = TEST_OPTIONS.map((option) => `--${option}`);

/** Why there is no Chromium; undefined if there is one. */
export function noChromium(): string | undefined {
  if (!existsSync(EXECUTABLE)) return `${EXECUTABLE} is missing (the environment variable CHROMIUM names another)`;
  return Number(process.versions.node.split('.')[0]) < 20 ? 'playwright-core needs Node 20' : undefined;
}

export async function launchChromium(flags = TEST_FLAGS): Promise<Browser> {
  const { chromium } = await import('playwright-core');
  return chromium.launch({ executablePath: EXECUTABLE, args: [...FLAGS, ...flags] });
}

export const ISOLATED = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/** Opens a page of the server, in a window of its own. */
export type Open = (path: string) => Promise<Page>;

export interface Site {
  open: Open;
  close(): Promise<void>;
}

/**
 * A browser, and a server that has the files of a folder. Paths that begin with /copy/ or /node_modules/squared-emd/ lead to the same
 * files.
 *
 * @param flags Of Chromium, beside those it needs; none for a bench, which measures what people have.
 */
export async function openSite(
  folder: string,
  served: Readonly<Record<string, Served>>,
  flags = TEST_FLAGS,
): Promise<Site> {
  const server = await serveFolder(folder, { served, aliases: /^\/(copy|node_modules\/squared-emd)\// });
  const browser = await launchChromium(flags).catch((error: unknown) => {
    server.close();
    throw error;
  });
  return {
    async open(path) {
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${server.port}${path}`);
      return page;
    },
    async close() {
      await browser.close();
      server.close();
    },
  };
}

/** Calls `use` with an empty page of a server that has the files of a folder. */
export async function withPage(folder: string, use: (page: Page) => Promise<void>): Promise<void> {
  const site = await openSite(folder, { '/': { text: '<!doctype html>', headers: ISOLATED } });
  try {
    await use(await site.open('/'));
  } finally {
    await site.close();
  }
}
