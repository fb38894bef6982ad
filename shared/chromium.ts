// A page in Chromium whose WebGPU runs on the CPU (SwiftShader), for tests of code for browsers.
import { createReadStream, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import type { Page } from 'playwright-core';

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
const TYPES: Record<string, string> = {
  '.wasm': 'application/wasm',
  '.mjs': 'text/javascript',
  '.js': 'text/javascript',
};

/** Why there is no Chromium; undefined if there is one. */
export function noChromium(): string | undefined {
  if (!existsSync(EXECUTABLE)) return `${EXECUTABLE} is missing (the environment variable CHROMIUM names another)`;
  return Number(process.versions.node.split('.')[0]) < 20 ? 'playwright-core needs Node 20' : undefined;
}

/** What a server has beside the files of a folder, by its path. */
export interface Served {
  text: string;
  headers?: Record<string, string>;
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
 */
export async function openSite(folder: string, served: Readonly<Record<string, Served>>): Promise<Site> {
  const { chromium } = await import('playwright-core');
  const server = createServer(({ url = '/' }, response) => {
    const path = new URL(url, 'http://localhost').pathname.replace(/^\/(copy|node_modules\/squared-emd)\//, '/');
    response.setHeader('Content-Type', TYPES[extname(path)] ?? 'text/html');
    const file = join(folder, path);
    if (Object.hasOwn(served, path)) {
      const { text, headers = {} } = served[path];
      response.writeHead(200, headers).end(text);
    } else if (existsSync(file)) createReadStream(file).pipe(response);
    else response.writeHead(404).end();
  });
  const browser = await chromium.launch({ executablePath: EXECUTABLE, args: FLAGS });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    async open(path) {
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);
      return page;
    },
    async close() {
      await browser.close();
      server.close();
      server.closeAllConnections();
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
