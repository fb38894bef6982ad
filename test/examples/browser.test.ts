// The example's page as npm run example:browser serves it: that it trains to the end and comes to what it says, that it can be paused,
// that it loads nothing from elsewhere, and that it fits a phone in light and dark.
// runner: 20 s
import type { Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { noChromium } from '../../shared/chromium.js';
import { faults, onPhone, state } from '../support/example-page.js';
import { skip } from '../support/skip.js';

const test = suite('browser example');

const progress = (page: Page): Promise<number> => page.evaluate('document.getElementById("progress").value');

/** The numbers of a loss in the table: accuracy, within one band, distance, RPS. */
async function scoresOf(page: Page, loss: string): Promise<number[]> {
  const cells = await page.locator(`#scores tr[data-loss="${loss}"] td`).allInnerTexts();
  return cells.map((text) => Number.parseFloat(text));
}

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
    onPhone('browser', async (page) => {
      await state(page, 'ready');
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
