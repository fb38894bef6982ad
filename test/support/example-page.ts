// The page of an example, as its command serves it, on a phone.
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Page } from 'playwright-core';
import * as assert from 'uvu/assert';
import { launchChromium } from '../../shared/chromium.js';

const PHONE = { width: 380, height: 800 };

/** A server of the example's page, and its address. */
async function serve(example: string): Promise<{ server: ChildProcess; url: string }> {
  const program = path.join(__dirname, `../../examples/${example}/main.js`);
  const { PORT, ...env } = process.env;
  const server: ChildProcess = spawn(process.execPath, [program], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: server.stdout as NodeJS.ReadableStream })) {
    const [url] = /http:\S+/.exec(line) ?? assert.unreachable(line) ?? [];
    return { server, url: url as string };
  }
  return assert.unreachable(`${example} ended`) as never;
}

export interface Example {
  /** Calls `use` with the page on a phone; afterwards nothing may have gone wrong that the console would show. */
  onPhone(use: (page: Page) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

export async function openExample(example: string): Promise<Example> {
  const { server, url } = await serve(example);
  const browser = await launchChromium();
  return {
    async onPhone(use) {
      const page = await browser.newPage({ viewport: PHONE });
      page.setDefaultTimeout(120_000);
      const problems: string[] = [];
      page.on('console', (message) => message.type() !== 'log' && problems.push(`console: ${message.text()}`));
      page.on('pageerror', ({ message }) => problems.push(`error: ${message}`));
      page.on('request', (request) => {
        if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(url))
          problems.push(`loads ${request.url()}`);
      });
      page.on('response', (response) => !response.ok() && problems.push(`${response.status()} ${response.url()}`));
      await page.goto(`${url}?quick`);
      await use(page);
      assert.equal(problems, []);
      await page.close();
    },
    async close() {
      await browser.close();
      server.kill();
    },
  };
}

export async function state(page: Page, name: string): Promise<void> {
  await page.waitForSelector(`body[data-state="${name}"]`, { timeout: 120_000 });
}

/** What reaches beyond the right edge of the screen, and labels of charts that lie over others. */
const FAULTS = `(() => {
  const beyond = [...document.querySelectorAll('body *')]
    .filter((element) => element.getBoundingClientRect().right > innerWidth + 0.5)
    .map((element) => 'beyond the edge: ' + element.outerHTML.slice(0, 80));
  const over = [...document.querySelectorAll('svg')].flatMap((svg) => {
    const texts = [...svg.querySelectorAll('text')].map((text) => ({ text: text.textContent, box: text.getBoundingClientRect() }));
    return texts.flatMap((a, i) =>
      texts
        .slice(i + 1)
        .filter((b) => a.box.left < b.box.right - 1 && b.box.left < a.box.right - 1)
        .filter((b) => a.box.top < b.box.bottom - 3 && b.box.top < a.box.bottom - 3)
        .map((b) => a.text + ' over ' + b.text),
    );
  });
  return [...beyond, ...over, ...(document.documentElement.scrollWidth > innerWidth ? ['the page scrolls sideways'] : [])];
})()`;

export const faults = (page: Page): Promise<string[]> => page.evaluate(FAULTS);
