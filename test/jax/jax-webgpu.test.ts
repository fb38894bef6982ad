// jax-js on its webgpu device, in Chromium: kernels on the arrays' own buffers, through vjp.
// runner: 15 s
import type * as jaxModule from '@jax-js/jax';
import type { Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type * as adapter from '../../lib/jax.js';
import { bundleText } from '../../shared/bundle-page.js';
import { noChromium, openSite } from '../../shared/chromium.js';
import { optionsOf } from '../../shared/oracle/call.js';
import { norm } from '../../shared/oracle/numbers.js';
import { oracle } from '../../shared/oracle/oracle.js';
import { type Description, makeProblem, PLAIN } from '../../shared/oracle/problems.js';
import { seed } from '../support/scale.js';
import { skip } from '../support/skip.js';

const test = suite('jax-js on its webgpu device');

/** Globals of the page. */
declare const jax: typeof jaxModule;
declare const squaredEmd: typeof adapter;
declare const asked: { count: number };

const SOURCE = `
  import * as jax from '@jax-js/jax';
  import * as squaredEmd from 'squared-emd/jax';
  const { mapAsync } = GPUBuffer.prototype;
  const asked = { count: 0 };
  GPUBuffer.prototype.mapAsync = function (...given) {
    asked.count++;
    return mapAsync.apply(this, given);
  };
  Object.assign(globalThis, { jax, squaredEmd, asked, ready: jax.init('wasm', 'webgpu') });`;

async function withJaxPage(use: (page: Page) => Promise<void>): Promise<void> {
  const site = await openSite(__dirname, { '/': { text: `<!doctype html><script>${bundleText(SOURCE)}</script>` } });
  try {
    const page = await site.open('/');
    assert.equal(await page.evaluate('ready'), ['cpu', 'wasm', 'webgpu']);
    await use(page);
  } finally {
    await site.close();
  }
}

function check(name: string, body: (page: Page) => Promise<void>): void {
  const reason = noChromium();
  if (reason) skip(test, name, reason);
  else test(name, () => withJaxPage(body));
}

const PROBLEMS: Partial<Description>[] = [
  { classes: 10, mix: 'both' },
  { classes: 70, ground: 'circular-gaps', weights: 'class', power: 1 },
  { classes: 5, ground: 'tree-random', targets: 'distribution', reduction: 'none' },
  { classes: 300, ground: 'energy', rows: 2, reduction: 'sum' },
];

check('losses and gradients of the oracle, from labels anywhere', async (page) => {
  for (const [i, chosen] of PROBLEMS.entries()) {
    const problem = makeProblem({ ...PLAIN, rows: 6, mood: 'peaked', ...chosen }, seed + i);
    const { groundDistance, sampleWeights, upstream, classWeights, inner, classes, ...options } = optionsOf(problem);
    for (const where of ['webgpu', 'wasm', 'host'] as const) {
      if (where === 'host' && problem.targets.kind === 'distribution') continue;
      const { loss, gradient } = await page.evaluate(
        async ({ options, ground, where, classes, isDistribution, ...numbers }) => {
          const { numpy: np } = jax;
          const rows = numbers.predictions.length / classes;
          const put = (values: Float32Array | Int32Array, shape: number[], device: jaxModule.Device) =>
            np.array(values, { shape, device });
          const logits = put(Float32Array.from(numbers.predictions), [rows, classes], 'webgpu');
          const labels = isDistribution ? Float32Array.from(numbers.targets) : Int32Array.from(numbers.targets);
          const given =
            where === 'host' ? numbers.targets : put(labels, isDistribution ? [rows, classes] : [rows], where);
          const result = squaredEmd.emdLoss<jaxModule.Array>(logits, given, {
            ...options,
            groundDistance: ground as never,
            classWeights: numbers.classWeights,
          });
          if (result.gradient.device !== 'webgpu' || result.loss.device !== 'webgpu') throw new Error('elsewhere');
          return {
            loss: Array.from(await result.loss.data(), Number),
            gradient: Array.from(await result.gradient.data(), Number),
          };
        },
        {
          options: options as object,
          ground: (groundDistance as unknown as { toJSON(): object }).toJSON(),
          where,
          classes,
          isDistribution: problem.targets.kind === 'distribution',
          predictions: Array.from(problem.predictions),
          targets: Array.from(problem.targets.values as ArrayLike<number>, Number),
          classWeights: classWeights && Array.from(classWeights as Float32Array),
        },
      );
      const what = `${JSON.stringify(chosen)}, labels: ${where}`;
      const expected = oracle(problem);
      const values = problem.reduction === 'none' ? Array.from(expected.losses) : [expected.loss];
      assert.is(loss.length, values.length, what);
      for (const [b, value] of values.entries()) {
        assert.ok(Math.abs(loss[b] - value) <= 1e-5 * Math.max(1, Math.abs(value)), `${what}: loss ${b}`);
      }
      for (let b = 0; b * classes < gradient.length; b++) {
        const wanted = expected.gradient.slice(b * classes, (b + 1) * classes);
        const error = norm(wanted.map((g, c) => gradient[b * classes + c] - g));
        assert.ok(error <= 2e-5 * norm(wanted) + 1e-7, `${what}: gradient of row ${b}: off by ${error}`);
      }
    }
  }
});

check('labels that the host can read are checked, and calls that fail keep nothing', async (page) => {
  const report = await page.evaluate(async () => {
    const { numpy: np } = jax;
    const logits = () => np.zeros([2, 3], { device: 'webgpu' });
    const messages: string[] = [];
    const attempt = (call: () => unknown) => {
      try {
        call();
        messages.push('no error');
      } catch (error) {
        messages.push(`${(error as Error).name} ${(error as Error).message}`);
      }
    };
    const options = { ignoreIndex: -1, reduction: 'none' } as const;
    attempt(() => squaredEmd.emdLoss<jaxModule.Array>(logits(), [1, 2.5], options));
    attempt(() => squaredEmd.emdLoss<jaxModule.Array>(logits(), [1, 2 ** 31], options));
    attempt(() => squaredEmd.emdLoss<jaxModule.Array>(logits(), null as never));
    const { loss } = squaredEmd.emdLoss<jaxModule.Array>(logits(), [1, 2 ** 40], { ...options, ignoreIndex: 2 ** 40 });
    const labels = np.array(Int32Array.of(0, 1), { device: 'webgpu' });
    attempt(() => squaredEmd.emdLoss<jaxModule.Array>(logits(), labels, { power: 3 as 2 }));
    const weights = np.zeros([4, 3], { device: 'webgpu' });
    const step = squaredEmd.valueAndGrad((w: jaxModule.Array, x: jaxModule.Array) => np.matmul(x, w));
    const x = np.ones([2, 4], { device: 'webgpu' });
    attempt(() => step(weights.ref, x.ref, [0, 3]));
    return {
      messages,
      losses: Array.from(await loss.data(), Number),
      counts: [labels.refCount, weights.refCount, x.refCount],
    };
  });
  const expected = [
    /^RangeError labels\[1\]: expected a class index in 0..2, received 2.5/,
    /^RangeError labels\[1\]: expected a class index in 0..2, received 2147483648/,
    /^TypeError labels: expected class indices/,
    /^\w+ power: expected/,
    /^RangeError labels\[1\]: expected a class index in 0..2, received 3/,
  ];
  expected.forEach((pattern, i) => {
    assert.match(report.messages[i], pattern);
  });
  assert.is(report.losses[1], 0, 'the row that is ignored');
  assert.ok(report.losses[0] > 0.2);
  assert.equal(report.counts, [1, 1, 1]);
});

check('training on webgpu: the losses of the wasm device, and nothing is read in a step', async (page) => {
  const trained = await page.evaluate(async () => {
    const { numpy: np } = jax;
    const [rows, features, units, classes] = [32, 6, 16, 9];
    const train = async (device: jaxModule.Device) => {
      const put = (length: number, shape: number[], make: (i: number) => number) =>
        np.array(
          Float32Array.from({ length }, (_, i) => make(i)),
          { shape, device },
        );
      const x = put(rows * features, [rows, features], (i) => Math.sin(i * i));
      const y = np.array(
        Int32Array.from({ length: rows }, (_, b) => (b * b) % classes),
        { shape: [rows], device },
      );
      let first = put(features * units, [features, units], (i) => Math.sin(3 * i));
      let second = put(units * classes, [units, classes], (i) => 0.3 * Math.cos(i));
      type Params = { first: jaxModule.Array; second: jaxModule.Array };
      const step = squaredEmd.valueAndGrad(
        (p: Params, inputs: jaxModule.Array) => np.matmul(np.tanh(np.matmul(inputs, p.first)), p.second),
        { crossEntropyWeight: 1, emdWeight: 2 },
      );
      const losses: jaxModule.Array[] = [];
      const before = asked.count;
      for (let i = 0; i < 30; i++) {
        const [loss, gradients] = step({ first: first.ref, second: second.ref }, x.ref, y.ref);
        losses.push(loss);
        first = first.sub(gradients.first.mul(0.1));
        second = second.sub(gradients.second.mul(0.1));
        await jax.getWebGPUDevice().queue.onSubmittedWorkDone(); // blockUntilReady reads
      }
      const made = asked.count - before;
      const values: number[] = [];
      for (const loss of losses) values.push(...Array.from(await loss.data(), Number));
      return { losses: values, reads: made };
    };
    return { webgpu: await train('webgpu'), wasm: await train('wasm') };
  });
  const { losses, reads } = trained.webgpu;
  assert.is(reads, 0);
  assert.ok(losses[29] < 0.8 * losses[0], `${losses}`);
  for (const [i, loss] of losses.entries()) {
    const expected = trained.wasm.losses[i];
    assert.ok(Math.abs(loss - expected) <= 2e-5 * expected, `step ${i}: ${loss}, not ${expected}`);
  }
});

test.run();
