// Exported models on onnxruntime-web's two WebGPU providers, in Chromium: the one in JavaScript, which `onnxruntime-web` itself has, and
// the one of `onnxruntime-web/webgpu`.
import { dirname } from 'node:path';
import type { Tensor } from 'onnxruntime-common';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { exportOnnx } from '../../lib/onnx/export.js';
import { noChromium, withPage } from '../../shared/chromium.js';
import { evaluate } from '../../shared/oracle/call.js';
import {
  allowed,
  CHOICES,
  type Description,
  GROUNDS,
  MAIN_GROUNDS,
  makeProblem,
  PLAIN,
} from '../../shared/oracle/problems.js';
import { checkPairwise, compare, evaluated, exportOf, feedsOf, run } from '../support/check-onnx.js';
import { type BrowserRuntime, browserRuntime } from '../support/onnx-browser.js';
import { full, scaled, seed } from '../support/scale.js';
import { skip } from '../support/skip.js';

const test = suite('onnx export, WebGPU');

/** In the short form one in so many models is run: the native provider takes seconds to compile the kernels of one. */
const PROVIDERS = {
  JavaScript: { bundle: 'ort.bundle.min.mjs', share: scaled(5, 1) },
  native: { bundle: 'ort.webgpu.bundle.min.mjs', share: scaled(11, 1) },
};
const folder = dirname(require.resolve('onnxruntime-web'));

/** Every ground distance, power, input and kind of targets. */
function* descriptions(): Generator<Description> {
  for (const ground of full ? GROUNDS : MAIN_GROUNDS) {
    for (const power of CHOICES.power) {
      for (const input of CHOICES.input) {
        for (const targets of CHOICES.targets) {
          const all = { ground, power, input, targets, mix: 'both', weights: 'both', mood: 'peaked' } as const;
          const description: Description = { ...PLAIN, ...all, classes: 33, rows: 6 };
          if (allowed(description)) yield description;
        }
      }
    }
  }
}

/** Models agree with the kernels, and run without a download as large as the logits. */
async function checkAll(runtime: BrowserRuntime, chosen: Iterable<Description>): Promise<void> {
  for (const description of chosen) {
    const problem = makeProblem(description, seed);
    const what = JSON.stringify(description);
    runtime.downloads.length = 0;
    compare(problem, await run(runtime, exportOf(problem), feedsOf(runtime, problem)), evaluate(problem), what);
    const largest = Math.max(0, ...runtime.downloads);
    assert.ok(largest < description.rows * description.classes * 4, `${what}: ${largest} bytes were downloaded`);
  }
}

async function checkSpoiltRows(runtime: BrowserRuntime): Promise<void> {
  const [nan, inf] = [Number.NaN, Infinity];
  const rows = [1, 2, 3, nan, 0, 1, inf, 1, 2, -inf, 1, 2, -inf, -inf, -inf];
  const logits = new runtime.Tensor('float32', Float32Array.from(rows), [5, 3]);
  const labels = new runtime.Tensor('int64', BigInt64Array.of(0n, 0n, 0n, 1n, 1n), [5]);
  const spoilt = (values: Tensor) => Array.from(values.data as Float32Array, Number.isNaN);
  for (const part of [{}, { crossEntropyWeight: 1 }, { crossEntropyWeight: 1, emdWeight: 0 }]) {
    const { losses, gradient } = await evaluated(runtime, exportOnnx({ classes: 3, ...part }), logits, labels);
    const expected = [false, true, true, false, true];
    assert.equal(spoilt(losses), expected, JSON.stringify(part));
    assert.equal(
      spoilt(gradient),
      expected.flatMap((row) => [row, row, row]),
      JSON.stringify(part),
    );
  }
}

const reason = noChromium();
for (const [provider, { bundle, share }] of Object.entries(PROVIDERS)) {
  const name = `the ${provider} provider: every kind of loss on the GPU alone, NaN for rows that are none`;
  if (reason) {
    skip(test, name, reason);
    continue;
  }
  test(name, () =>
    withPage(folder, async (page) => {
      const runtime = await browserRuntime(page, bundle);
      await checkAll(
        runtime,
        [...descriptions()].filter((_, i) => i % share === 0),
      );
      await checkSpoiltRows(runtime);
      if (full) await checkPairwise(runtime, [7]);
    }),
  );
}

test.run();
