// The loss in TensorFlow.js on its backends for GPUs, in Chromium, against the float64 reference.
// runner: 45 s
import type * as playwright from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { GroundDistance } from '../../lib/index.js';
import { noChromium } from '../../shared/chromium.js';
import { oracle, type Problem } from '../../shared/oracle/oracle.js';
import { problemOf } from '../../shared/oracle/problems.js';
import { Random } from '../../shared/oracle/random.js';
import { callOf, compare, pairwiseProblems, tfjsOptionsOf } from '../support/check-tfjs.js';
import { scaled, seed } from '../support/scale.js';
import { skip } from '../support/skip.js';
import { withTfjsPage } from '../support/tfjs-browser.js';
import type { Answer, Call } from '../support/tfjs-call.js';
import type { Page, SentOptions } from '../support/tfjs-page.js';

const test = suite('tfjs in Chromium');

declare const page: Page;

/** One in so many problems is solved on each backend: kernels for WebGPU, which take their time to compile, have suites of their own. */
const SHARES = { webgl: scaled(7, 5), webgpu: scaled(22, 15) };
const BACKENDS = Object.keys(SHARES) as (keyof typeof SHARES)[];

function sent(options: ReturnType<typeof tfjsOptionsOf>): SentOptions {
  const { groundDistance, classWeights, ...others } = options;
  return {
    ...others,
    ...(groundDistance && { groundDistance: (groundDistance as GroundDistance).toJSON() }),
    ...(classWeights && { classWeights: Array.from(classWeights) }),
  };
}

const answerOn = (browser: playwright.Page, options: SentOptions, call: Call): Promise<Answer> =>
  browser.evaluate((given) => page.answer(given.options, given.call), { options, call });

const solvedOn = (browser: playwright.Page, problem: Problem) =>
  answerOn(browser, sent(tfjsOptionsOf(problem)), callOf(problem));

async function checkOptions(browser: playwright.Page, share: number): Promise<void> {
  let count = 0;
  for (const [problem, what] of pairwiseProblems(scaled([7, 70], [2, 33, 130]))) {
    if (count++ % share === 0) compare(problem, await solvedOn(browser, problem), what);
  }
}

async function checkLongRows(browser: playwright.Page): Promise<void> {
  const random = new Random(seed);
  for (const classes of [1000, 2049]) {
    const rows = [0, 1].map(() => random.floats(classes, () => 3 * random.normal()));
    const problem = problemOf(rows, [classes - 1, 3], { crossEntropyWeight: 1 });
    compare(problem, await solvedOn(browser, problem), `${classes} classes`);
  }
}

async function checkConfidentRows(browser: playwright.Page): Promise<void> {
  const rows = [2, 0, 6].map((label) =>
    Float32Array.from({ length: 7 }, (_, i) => Math.sin(i) + (i === label ? 30 : 0)),
  );
  const problem = problemOf(rows, [2, 0, 6], { crossEntropyWeight: 1 });
  const { gradient } = await solvedOn(browser, problem);
  oracle(problem).gradient.forEach((g, i) => {
    assert.ok(Math.abs(gradient[i] - g) <= 1e-4 * Math.abs(g), `${gradient[i]} is not ${g}`);
  });
}

async function checkSpoiltRows(browser: playwright.Page): Promise<void> {
  const [nan, inf] = [Number.NaN, Infinity];
  const cases: [number[], Call['labels'], SentOptions, boolean[]][] = [
    [
      [1, 2, 3, nan, 0, 1, inf, 1, 2, -inf, 1, 2, -inf, -inf, -inf],
      { values: [0, 0, 0, 1, 1], shape: [5], dtype: 'int32' },
      {},
      [false, true, true, false, true],
    ],
    [
      [1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3],
      { values: [3, 0.5, -1, 2], shape: [4], dtype: 'float32' },
      { ignoreIndex: -1 },
      [true, true, false, false],
    ],
    [
      [1, 2, 3, 1, 2, 3, 1, 2, 3],
      { values: [1, -1, 1, 0, 0, 0, 0, nan, 1], shape: [3, 3], dtype: 'float32' },
      {},
      [true, false, true],
    ],
    [[1, 2, 3, 1, 2, 3], { values: [1, inf, 1, 1, 2, 1], shape: [2, 3], dtype: 'float32' }, {}, [true, false]],
  ];
  for (const [predictions, labels, options, spoilt] of cases) {
    for (const parts of [{}, { crossEntropyWeight: 1 }]) {
      const call = { predictions, shape: [spoilt.length, 3], labels, upstream: 1 };
      const { value, gradient } = await answerOn(browser, { ...options, ...parts, fromLogits: true }, call);
      assert.equal(value.map(Number.isNaN), spoilt, `${value}`);
      assert.equal(
        gradient.map(Number.isNaN),
        spoilt.flatMap((row) => [row, row, row]),
        `${gradient}`,
      );
    }
  }
}

/** Steps of an optimizer, and model.fit. */
async function checkTraining(browser: playwright.Page): Promise<void> {
  const { reads, left, losses } = await browser.evaluate(async () => {
    const { tf, layers, lossOf } = page;
    const inputs = tf.randomNormal([60, 4], 0, 1, 'float32', 1);
    const labels = tf.tidy(() => tf.clipByValue(tf.round(tf.add(tf.slice(inputs, [0, 0], [60, 1]), 2)), 0, 4));
    const weights = tf.variable(tf.zeros([4, 5]));
    const loss = lossOf({ crossEntropyWeight: 1, emdWeight: 3, fromLogits: true });
    const optimizer = tf.train.sgd(0.1);
    const step = () =>
      optimizer.minimize(
        () => tf.mean(loss(labels, tf.matMul(inputs, weights))) as import('@tensorflow/tfjs-core').Scalar,
      );
    step();
    const before = { reads: page.reads(), tensors: tf.memory().numTensors };
    for (let i = 0; i < 50; i++) step();
    const after = { reads: page.reads(), tensors: tf.memory().numTensors };

    const model = layers.sequential();
    model.add(layers.layers.dense({ units: 5, inputShape: [4], activation: 'softmax' }));
    model.compile({ loss: lossOf({ crossEntropyWeight: 1, emdWeight: 3 }), optimizer: tf.train.adam(0.05) });
    const oneHot = tf.tidy(() => tf.cast(tf.oneHot(tf.cast(tf.reshape(labels, [60]), 'int32'), 5), 'float32'));
    const { history } = await model.fit(inputs, oneHot, { epochs: 5, batchSize: 20, verbose: 0 });
    return {
      reads: after.reads - before.reads,
      left: after.tensors - before.tensors,
      losses: history.loss as number[],
    };
  });
  assert.is(reads, 0, 'readbacks of 50 steps');
  assert.is(left, 0, 'tensors of 50 steps');
  assert.ok(losses[4] < 0.9 * losses[0], `${losses}`);
}

const reason = noChromium();
for (const backend of BACKENDS) {
  const name = `${backend}: every kind of loss on the GPU alone, NaN for rows that are none, training`;
  if (reason) {
    skip(test, name, reason);
    continue;
  }
  test(name, () =>
    withTfjsPage(backend, async (browser) => {
      await checkOptions(browser, scaled(SHARES[backend], 1));
      await checkLongRows(browser);
      await checkConfidentRows(browser);
      await checkSpoiltRows(browser);
      await checkTraining(browser);
    }),
  );
}

const halfName = 'webgl without float32 textures: a warning, once for a loss';
if (reason) skip(test, halfName, reason);
else {
  test(halfName, () =>
    withTfjsPage('webgl', async (browser) => {
      const messages: string[] = [];
      browser.on('console', (message) => messages.push(message.text()));
      await browser.evaluate(() => {
        const { tf, lossOf } = page;
        const labels = tf.tensor1d([0, 1], 'int32');
        const logits = tf.zeros([2, 3]);
        lossOf({ fromLogits: true })(labels, logits);
        tf.env().set('WEBGL_RENDER_FLOAT32_ENABLED', false);
        const loss = lossOf({ fromLogits: true });
        for (let i = 0; i < 3; i++) loss(labels, logits);
      });
      assert.is(messages.filter((text) => text.startsWith('[SQUARED_EMD_HALF_PRECISION] emdLoss: ')).length, 1);
    }),
  );
}

test.run();
