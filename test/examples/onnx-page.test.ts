// The page that trains a head on a frozen backbone with onnxruntime-web, as npm run example:onnx-page serves it.
// runner: 15 s
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { noChromium } from '../../shared/chromium.js';
import { faults, openExample, state } from '../support/example-page.js';
import { skip } from '../support/skip.js';

const test = suite('onnx page');

const name = 'trains to the end on GPU buffers: with EMD mistakes are nearer';
const reason = noChromium();

if (reason) skip(test, name, reason);
else {
  test(name, async () => {
    const example = await openExample('onnx-page');
    try {
      await example.onPhone(async (page) => {
        await state(page, 'done');
        const scoresOf = async (loss: string) => {
          const cells = await page.locator(`#scores tr[data-loss="${loss}"] td`).allInnerTexts();
          return cells.map((text) => Number.parseFloat(text));
        };
        const [, ceDistance, ceRps] = await scoresOf('ce');
        const [within, distance, rps] = await scoresOf('emd');
        assert.ok(within > 30, `${within}% within one band`);
        assert.ok(
          rps < ceRps && distance < ceDistance,
          `RPS ${rps}, distance ${distance}; without EMD ${ceRps}, ${ceDistance}`,
        );
        assert.equal(await faults(page), []);
      });
    } finally {
      await example.close();
    }
  });
}

test.run();
