// The loss in TensorFlow.js on the webgl backend, in Chromium, against the float64 reference.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { GroundDistance } from '../../lib/index.js';
import { callOf, compare, pairwiseProblems, tfjsOptionsOf } from '../support/check-tfjs.js';
import { noChromium } from '../support/chromium.js';
import { scaled } from '../support/scale.js';
import { skip } from '../support/skip.js';
import { withTfjsPage } from '../support/tfjs-browser.js';
import type { Page, SentOptions } from '../support/tfjs-page.js';

const test = suite('tfjs webgl');

declare const page: Page;

function sent(options: ReturnType<typeof tfjsOptionsOf>): SentOptions {
  const { groundDistance, classWeights, ...others } = options;
  return {
    ...others,
    groundDistance: (groundDistance as GroundDistance).toJSON(),
    ...(classWeights && { classWeights: Array.from(classWeights) }),
  };
}

const name = 'options combined pairwise under every ground distance agree with the reference, nothing leaves the GPU';
const reason = noChromium();
if (reason) skip(test, name, reason);
else {
  test(name, () =>
    withTfjsPage(async (browser, about) => {
      assert.is(about, 'webgl, float32: true');
      for (const [problem, what] of pairwiseProblems(scaled([7, 70], [2, 33, 130]))) {
        const given = { options: sent(tfjsOptionsOf(problem)), call: callOf(problem) };
        compare(problem, await browser.evaluate(({ options, call }) => page.answer(options, call), given), what);
      }
    }),
  );
}

test.run();
