// The example's page as npm run example:browser serves it: that it trains to the end and comes to what it says, that it can be paused,
// that it loads nothing from elsewhere, and that it fits a phone in light and dark.
// runner: 20 s
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Browser, Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { noChromium, withPage } from '../../shared/chromium.js';
import { skip } from '../support/skip.js';

const test = suite('browser example');

const PHONE = { width: 380, height: 800 };

/** Calls `use` with the address of the page. */
async function serving(use: (url: string) => Promise<void>): Promise<void> {
  const program = path.join(__dirname, '../../examples/browser/main.js');
  const { PORT, ...env } = process.env;
  const server: ChildProcess = spawn(process.execPath, [program], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    for await (const line of createInterface({ input: server.stdout as NodeJS.ReadableStream })) {
      const [url] = /http:\S+/.exec(line) ?? assert.unreachable(line) ?? [];
      await use(url as string);
      break;
    }
  } finally {
    server.kill();
  }
}

/** Calls `use` with the page on a phone; afterwards nothing may have gone wrong that the console would show. */
async function onPhone(use: (page: Page) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'squared-emd-page-'));
  try {
    await serving((url) =>
      withPage(folder, async (empty) => {
        const page = await (empty.context().browser() as Browser).newPage({ viewport: PHONE });
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
        await state(page, 'ready');
        await use(page);
        assert.equal(problems, []);
      }),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const state = (page: Page, name: string) => page.waitForSelector(`body[data-state="${name}"]`, { timeout: 120_000 });

const progress = (page: Page): Promise<number> => page.evaluate('document.getElementById("progress").value');

/** The numbers of a loss in the table: accuracy, within one band, distance, RPS. */
async function scoresOf(page: Page, loss: string): Promise<number[]> {
  const cells = await page.locator(`#scores tr[data-loss="${loss}"] td`).allInnerTexts();
  return cells.map((text) => Number.parseFloat(text));
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

const faults = (page: Page): Promise<string[]> => page.evaluate(FAULTS);

async function settled(page: Page): Promise<number> {
  for (let before = -1; ; ) {
    const now = await progress(page);
    if (now === before) return now;
    before = now;
    await page.waitForTimeout(300);
  }
}

async function train(page: Page): Promise<void> {
  await page.click('#start');
  await page.waitForFunction('document.getElementById("progress").value > 0.1');
  await page.click('#start');
  await state(page, 'paused');
  const paused = await settled(page);
  assert.ok(paused < 1, 'training goes on after Pause');
  await page.click('#start');
  await state(page, 'done');
}

function checkScores([, ceWithin, ceDistance, ceRps]: number[], [, within, distance, rps]: number[]): void {
  assert.ok(rps < ceRps, `RPS ${rps} with EMD, ${ceRps} without`);
  assert.ok(distance < ceDistance, `distance ${distance} with EMD, ${ceDistance} without`);
  assert.ok(within > ceWithin, `${within}% within one band with EMD, ${ceWithin}% without`);
}

const name = 'trains to the end: with EMD mistakes are nearer; learned distances find the order; the loss is timed';
const reason = noChromium();

if (reason) skip(test, name, reason);
else {
  test(name, () =>
    onPhone(async (page) => {
      assert.equal(await faults(page), []);
      await train(page);
      checkScores(await scoresOf(page, 'ce'), await scoresOf(page, 'emd'));
      const [first, last] = await Promise.all(
        ['#first-correlation', '#correlation'].map(async (id) => Number(await page.textContent(id))),
      );
      assert.ok(last > first && last > 0.7, `rank correlation ${last}, before training ${first}`);
      assert.match((await page.textContent('#info')) as string, /wasm, simd128/);

      await page.waitForFunction('document.getElementById("timing-note").textContent === ""');
      for (const caption of await page.locator('#timings figcaption').allInnerTexts())
        assert.match(caption, /times as fast as the expression, .*results agree to \d × 10⁻[⁴⁵⁶⁷⁸⁹]/s);
      assert.equal(await faults(page), []);

      await page.emulateMedia({ colorScheme: 'dark' });
      const labels = 'getComputedStyle(document.querySelector("#rps svg text")).fill';
      await page.waitForFunction(`${labels} === "rgb(154, 165, 177)"`);

      await page.click('#reset');
      await state(page, 'ready');
      assert.is(await progress(page), 0);
    }),
  );
}

test.run();
