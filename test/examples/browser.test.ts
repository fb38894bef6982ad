// The example's page as npm run example:browser serves it: that it trains to the end and comes to what it says, that it can be paused,
// that it loads nothing from elsewhere, and that it fits a phone in light and dark; that it trains on the GPU what it trains on the CPU.
// runner: 75 s
import type { Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { noChromium } from '../../shared/chromium.js';
import { type Example, faults, openExample, state } from '../support/example-page.js';
import { skip } from '../support/skip.js';

const test = suite('browser example');

const progress = (page: Page): Promise<number> => page.evaluate('document.getElementById("progress").value');

/** The numbers of a loss in the table: accuracy, within one band, distance, RPS. */
async function scoresOf(page: Page, loss: string): Promise<number[]> {
  const cells = await page.locator(`#scores tr[data-loss="${loss}"] td`).allInnerTexts();
  return cells.map((text) => Number.parseFloat(text));
}

async function started(page: Page, backend: 'GPU' | 'CPU'): Promise<void> {
  await state(page, 'running');
  await page.waitForFunction(`/^epoch [1-9].* on the ${backend}$/.test(document.getElementById("status").textContent)`);
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

/** The mean losses of an epoch, by epoch, as a worker of the page trains the first networks. */
const lossesOf = (page: Page, script: string, epochs: number): Promise<Record<string, number>[]> =>
  page.evaluate(`new Promise((resolve, reject) => {
    const worker = new Worker('${script}');
    const losses = [];
    worker.addEventListener('error', ({ message }) => reject(new Error(message)));
    worker.addEventListener('message', ({ data: { kind, reason, results } }) => {
      if (kind === 'refused') reject(new Error(reason));
      if (kind !== 'epoch') return;
      losses.push(Object.fromEntries(Object.entries(results).map(([id, { loss }]) => [id, loss])));
      if (losses.length < ${epochs}) return;
      worker.terminate();
      resolve(losses);
    });
    worker.postMessage({ kind: 'begin', seeds: [1], epochs: ${epochs} });
    worker.postMessage({ kind: 'run' });
  })`);

/** Loads the page anew with a line before the program of the worker that trains on the GPU. */
async function reloadWith(page: Page, line: string): Promise<void> {
  await page.unrouteAll();
  await page.route('**/training-gpu-worker.js', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `${line}\n${await response.text()}` });
  });
  await page.reload();
  await state(page, 'ready');
}

function checkScores([, ceWithin, ceDistance, ceRps]: number[], [, within, distance, rps]: number[]): void {
  assert.ok(rps < ceRps, `RPS ${rps} with EMD, ${ceRps} without`);
  assert.ok(distance < ceDistance, `distance ${distance} with EMD, ${ceDistance} without`);
  assert.ok(within > ceWithin, `${within}% within one band with EMD, ${ceWithin}% without`);
}

const reason = noChromium();
let example: Example | undefined;

test.before(async () => {
  if (!reason) example = await openExample('browser');
});
test.after(() => example?.close());

function check(name: string, body: (page: Page) => Promise<void>): void {
  if (reason) skip(test, name, reason);
  else {
    test(name, () =>
      (example as Example).onPhone(async (page) => {
        await state(page, 'ready');
        await body(page);
        assert.equal(await faults(page), []);
      }),
    );
  }
}

check(
  'trains to the end: with EMD mistakes are nearer; learned distances find the order; all is timed',
  async (page) => {
    assert.equal(await faults(page), []);
    await page.check('#on-cpu');
    await state(page, 'ready');
    await train(page);
    checkScores(await scoresOf(page, 'ce'), await scoresOf(page, 'emd'));
    const [first, last] = await Promise.all(
      ['#first-correlation', '#correlation'].map(async (id) => Number(await page.textContent(id))),
    );
    assert.ok(last > first && last > 0.7, `rank correlation ${last}, before training ${first}`);
    assert.match((await page.textContent('#info')) as string, /wasm, simd128/);

    await page.waitForFunction('/losses/.test(document.getElementById("comparison").textContent)');
    const comparison = (await page.textContent('#comparison')) as string;
    assert.match(comparison, /6 networks takes \S+ m?s on the GPU and \S+ ms on the CPU: .* agree to \d × 10⁻[⁵⁶⁷⁸]/);

    await page.waitForFunction('document.querySelectorAll("#timings figcaption.pending").length === 0');
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
  },
);

check('begins on the GPU, where it trains the same networks, and goes on on the CPU when asked to', async (page) => {
  const [cpu, gpu] = [await lossesOf(page, 'training-worker.js', 2), await lossesOf(page, 'training-gpu-worker.js', 2)];
  assert.ok(cpu[1].emd < 0.9 * cpu[0].emd, `${cpu[0].emd}, then ${cpu[1].emd}`);
  cpu.forEach((losses, epoch) => {
    for (const [id, expected] of Object.entries(losses)) {
      const error = Math.abs(gpu[epoch][id] / expected - 1);
      assert.ok(error < 1e-4, `${id}, epoch ${epoch + 1}: ${gpu[epoch][id]}, not ${expected}`);
    }
  });
  assert.is(await page.textContent('#gpu-note'), 'google swiftshader');
  await page.click('#start');
  await started(page, 'GPU');
  assert.equal(await faults(page), []);
  await page.check('#on-cpu');
  await started(page, 'CPU');
});

check('without WebGPU, and when the GPU fails, it trains on the CPU and says why', async (page) => {
  await reloadWith(page, 'delete WorkerNavigator.prototype.gpu;');
  assert.is(await page.textContent('#gpu-note'), 'this browser has no WebGPU here');
  assert.ok(await page.isDisabled('#on-gpu'));
  await page.click('#start');
  await started(page, 'CPU');

  const submits = 'GPUQueue.prototype.submit';
  await reloadWith(
    page,
    `{ const own = ${submits}; let left = 10; ${submits} = function (...given) { if (left-- === 0) throw new Error('no more'); return own.apply(this, given); }; }`,
  );
  await page.click('#start');
  await started(page, 'CPU');
  assert.is(await page.textContent('#gpu-note'), 'no more');
});

test.run();
