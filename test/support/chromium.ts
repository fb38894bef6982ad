// A page of Chromium whose WebGPU runs on the CPU (SwiftShader), for tests of what runs in browsers.
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

/** Why there is none; undefined if there is one. */
export function noChromium(): string | undefined {
  if (!existsSync(EXECUTABLE)) return `${EXECUTABLE} is missing (the environment variable CHROMIUM names another)`;
  return Number(process.versions.node.split('.')[0]) < 20 ? 'playwright-core needs Node 20' : undefined;
}

/** Calls `use` with an empty page of a server that has the files of a folder. */
export async function withPage(folder: string, use: (page: Page) => Promise<void>): Promise<void> {
  const { chromium } = await import('playwright-core');
  const server = createServer(({ url = '/' }, response) => {
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    const file = join(folder, new URL(url, 'http://localhost').pathname);
    if (url === '/') response.setHeader('Content-Type', 'text/html').end('<!doctype html>');
    else if (!existsSync(file)) response.writeHead(404).end();
    else createReadStream(file).pipe(response.setHeader('Content-Type', TYPES[extname(file)] ?? 'text/plain'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const browser = await chromium.launch({ executablePath: EXECUTABLE, args: FLAGS });
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await use(page);
  } finally {
    await browser.close();
    server.close();
    server.closeAllConnections();
  }
}
