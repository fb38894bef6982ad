// TensorFlow.js on its webgpu backend, in Chromium: the package's own kernels on the tensors' buffers.
// runner: 45 s
import type * as playwright from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { noChromium } from '../../shared/chromium.js';
import { oracle } from '../../shared/oracle/oracle.js';
import { problemOf } from '../../shared/oracle/problems.js';
import { Random } from '../../shared/oracle/random.js';
import { scaled, seed } from '../support/scale.js';
import { skip } from '../support/skip.js';
import { withTfjsPage } from '../support/tfjs-browser.js';
import type { Page } from '../support/tfjs-page.js';

const test = suite('tfjs on webgpu');

declare const page: Page;

const reason = noChromium();

function check(name: string, body: (browser: playwright.Page) => Promise<void>, forwards = false): void {
  if (reason) skip(test, name, reason);
  else test(name, () => withTfjsPage('webgpu', body, forwards));
}

/** Batches of an epoch; there are two epochs. */
const BATCHES = scaled(10, 25);

/** The losses of the batches of model.fit, and how many of the package's kernels ran and how often was read for the loss and its gradient. */
const fit = (browser: playwright.Page) =>
  browser.evaluate(async (batches) => {
    const { tf, layers, lossOf } = page;
    const { sin } = Math;
    const rows = 20 * batches;
    const inputs = Array.from({ length: rows * 6 }, (_, i) => sin(i * i));
    const labels = Array.from({ length: rows }, (_, b) =>
      Math.floor(3.5 + 3.4 * sin(inputs[b * 6] + inputs[b * 6 + 1])),
    );
    const weights = (count: number) => Array.from({ length: count }, (_, i) => 0.3 * sin(1 + i * i * 3));
    const train = async (fromLogits: boolean) => {
      const losses: number[] = [];
      const model = layers.sequential();
      const last = fromLogits ? {} : { activation: 'softmax' as const };
      model.add(layers.layers.dense({ units: 16, inputShape: [6], activation: 'tanh' }));
      model.add(layers.layers.dense({ units: 7, ...last }));
      model.setWeights([
        tf.tensor2d(weights(96), [6, 16]),
        tf.zeros([16]),
        tf.tensor2d(weights(112), [16, 7]),
        tf.zeros([7]),
      ]);
      model.compile({
        loss: lossOf({ crossEntropyWeight: 1, emdWeight: 3, fromLogits }),
        optimizer: tf.train.sgd(0.2),
      });
      const xs = tf.tensor2d(inputs, [rows, 6]);
      const ys = tf.oneHot(tf.tensor1d(labels, 'int32'), 7);
      await model.fit(xs, ys, {
        epochs: 2,
        batchSize: 20,
        shuffle: false,
        verbose: 0,
        callbacks: { onBatchEnd: async (_, logs) => void losses.push(logs?.loss as number) },
        yieldEvery: 'batch',
      });
      return losses;
    };
    const both = async () => [await train(true), await train(false)];
    const before = page.kernels();
    const here = await both();
    const kernels = page.kernels() - before;
    await tf.setBackend('cpu');
    return { here, kernels, cpu: await both() };
  }, BATCHES);

for (const forwards of [true, false]) {
  const where = forwards ? 'small tensors on the CPU, as tfjs has them' : 'all tensors on the GPU';
  check(
    `model.fit, ${where}: the losses of the cpu backend, ${2 * BATCHES} steps, to 1e-5`,
    async (browser) => {
      const { here, cpu, kernels } = await fit(browser);
      assert.is(kernels, 4 * BATCHES, 'one kernel for each step');
      for (const [course, losses] of here.entries()) {
        assert.is(losses.length, 2 * BATCHES);
        assert.ok((losses.at(-1) as number) < 0.8 * losses[0], `${losses}`);
        for (const [i, loss] of losses.entries()) {
          const expected = cpu[course][i];
          assert.ok(Math.abs(loss - expected) <= 1e-5 * expected, `step ${i}: ${loss}, not ${expected}`);
        }
      }
    },
    forwards,
  );
}

check('selfGuided: losses, distances and lambda of the cpu backend, and nothing is read in a step', async (browser) => {
  const all = await browser.evaluate(async () => {
    const { tf, layers, selfGuided } = page;
    const { sin } = Math;
    const rows = 240;
    const inputs = Array.from({ length: rows * 6 }, (_, i) => sin(i * i));
    const labels = Array.from({ length: rows }, (_, b) =>
      Math.floor(3.5 + 3.4 * sin(inputs[b * 6] + inputs[b * 6 + 1])),
    );
    const weights = (count: number) => Array.from({ length: count }, (_, i) => 0.4 * sin(1 + i * i * 3));
    const train = async (fromLogits: boolean, preset: 'energy' | 'xemd2', masked = false) => {
      const model = layers.sequential();
      const last = fromLogits ? {} : { activation: 'softmax' as const };
      model.add(layers.layers.dense({ units: 16, inputShape: [6], activation: 'relu', name: `features${rows}` }));
      model.add(layers.layers.dense({ units: 7, ...last }));
      model.setWeights([
        tf.tensor2d(weights(96), [6, 16]),
        tf.zeros([16]),
        tf.tensor2d(weights(112), [16, 7]),
        tf.tensor1d([0, 0, 0, 0, 0, 0, masked ? -Infinity : 0]),
      ]);
      const { loss, callback, guided, prime } = selfGuided(model, {
        featureLayer: `features${rows}`,
        fromLogits,
        preset,
        ...(preset === 'xemd2' && { startEpoch: 2 }),
      });
      const xs = tf.tensor2d(inputs, [rows, 6]);
      const ys = tf.oneHot(tf.tensor1d(labels, 'int32'), 7);
      if (preset === 'energy') {
        const before = tf.memory().numTensors;
        const both = { xs, ys: tf.cast(ys, 'int32') };
        await prime(fromLogits ? xs : { forEachAsync: async (take) => take(both) }, fromLogits ? ys : undefined);
        both.ys.dispose();
        if (tf.memory().numTensors !== before) throw new Error('prime leaves tensors');
      }
      // What model.fit itself reads are losses: one number for each batch.
      let read = 0;
      const counted: typeof loss = (given, predictions) => {
        const before = page.reads();
        const result = loss(given, predictions);
        read += page.reads() - before;
        return result;
      };
      model.compile({ loss: counted, optimizer: tf.train.sgd(0.1) });
      const epochs: { loss: number; read: number; distances: number[]; weight: number }[] = [];
      const { history } = await model.fit(xs, ys, {
        epochs: 4,
        batchSize: 40,
        shuffle: false,
        verbose: 0,
        callbacks: [
          callback as never,
          {
            onEpochEnd: async () => {
              epochs.push({ loss: 0, read, distances: Array.from(guided.distances ?? []), weight: guided.emdWeight });
              read = 0;
            },
          } as never,
        ],
      });
      return epochs.map((epoch, i) => ({ ...epoch, loss: history.loss[i] as number }));
    };
    // In the last one the cross entropy of a class is infinite, and its EMD is not: such rows are in neither mean.
    const each = async () => [
      await train(true, 'energy'),
      await train(false, 'energy'),
      await train(true, 'xemd2'),
      await train(true, 'xemd2', true),
    ];
    const here = await each();
    await tf.setBackend('cpu');
    return { here, cpu: await each() };
  });
  for (const [course, epochs] of all.here.entries()) {
    assert.is(epochs.length, 4);
    for (const [i, { loss, read, distances, weight }] of epochs.entries()) {
      const expected = all.cpu[course][i];
      const what = `course ${course}, epoch ${i}`;
      assert.is(read, 0, `${what}: readbacks`);
      const near = Math.abs(loss - expected.loss) <= 2e-5 * expected.loss;
      assert.ok(near || loss === expected.loss, `${what}: ${loss}, not ${expected.loss}`);
      assert.ok(Math.abs(weight - expected.weight) <= 1e-4 * expected.weight, `${what}: lambda ${weight}`);
      assert.is(distances.length, 49);
      distances.forEach((d, at) => {
        assert.ok(Math.abs(d - expected.distances[at]) <= 1e-4, `${what}: distances[${at}]`);
      });
    }
    assert.ok(course === 3 || epochs[3].loss < epochs[0].loss);
  }
});

const STEPS = scaled(300, 2000);

check(`${STEPS} steps read nothing back and leave nothing`, async (browser) => {
  const { before, after, reads, kernels } = await browser.evaluate(async (count) => {
    const { tf, lossOf } = page;
    const labels = tf.tensor1d([0, 1, 2, 3], 'int32');
    const logits = tf.variable(tf.zeros([4, 10]));
    const loss = lossOf({ crossEntropyWeight: 1, emdWeight: 3, fromLogits: true, reduction: 'mean' });
    const optimizer = tf.train.sgd(0.01);
    type Scalar = import('@tensorflow/tfjs-core').Scalar;
    const steps = async (last: number) => {
      for (let i = 0; i < last; i++) {
        optimizer.minimize(() => loss(labels, logits) as Scalar);
        // Work must not pile up faster than it is done.
        if (i % 100 === 99)
          await (
            tf.backend() as unknown as { queue: { onSubmittedWorkDone(): Promise<void> } }
          ).queue.onSubmittedWorkDone();
      }
    };
    const use = () => {
      const { numTensors, numBytes, numBytesInGPU } = tf.memory() as unknown as Record<string, number>;
      return { numTensors, numBytes, numBytesInGPU };
    };
    await steps(100);
    await logits.data();
    const before = use();
    const reads = page.reads();
    const kernels = page.kernels();
    await steps(count);
    const made = { reads: page.reads() - reads, kernels: page.kernels() - kernels };
    await logits.data();
    return { before, after: use(), ...made };
  }, STEPS);
  assert.is(reads, 0);
  assert.is(kernels, 2 * STEPS);
  assert.equal(after, before);
});

check("the gradient is right where that of tfjs's own operators is not", async (browser) => {
  const random = new Random(seed);
  const rows = [0, 1, 2].map(() => random.floats(101, () => 2 * random.normal()));
  const problem = problemOf(rows, [3, 50, 99], {});
  const { own, plain } = await browser.evaluate(
    async ({ values, labels }) => {
      const { tf, lossOf } = page;
      const logits = tf.tensor2d(values, [3, 101]);
      const loss = lossOf({ fromLogits: true, reduction: 'mean' });
      type Tensor = import('@tensorflow/tfjs-core').Tensor;
      const expression = (z: Tensor): Tensor => {
        const hot = tf.oneHot(tf.tensor1d(labels, 'int32'), z.shape[1] as number);
        return tf.mean(tf.sum(tf.square(tf.cumsum(tf.sub(tf.softmax(z), hot), 1)), 1));
      };
      // tfjs 4.22 keeps the shader of the first length, and sums up no farther than that.
      tf.tidy(() => tf.grad(expression)(tf.slice(logits, [0, 0], [3, 8])));
      return {
        own: Array.from(
          await tf
            .grad((z) => loss(tf.tensor1d(labels, 'int32'), z))(logits)
            .data(),
        ),
        plain: Array.from(await tf.grad(expression)(logits).data()),
      };
    },
    { values: Array.from(problem.predictions), labels: [3, 50, 99] },
  );
  const { gradient } = oracle(problem);
  const size = Math.max(...gradient.map(Math.abs));
  const errorOf = (actual: number[]) => Math.max(...actual.map((g, i) => Math.abs(g - gradient[i]))) / size;
  assert.ok(errorOf(own) < 1e-5, `${errorOf(own)}`);
  assert.ok(errorOf(plain) > 0.1, `tfjs has mended its cumsum (${errorOf(plain)}): the documents say it is wrong`);
});

check('rows with weights of their own, and gradients that are passed on', async (browser) => {
  const random = new Random(seed);
  const rows = Array.from({ length: 5 }, () => random.floats(9, () => random.normal()));
  const upstream = Float32Array.of(1, -2, 0, 0.5, 3);
  const problem = problemOf(rows, [0, 8, 3, 4, 5], { reduction: 'none', upstream });
  const actual = await browser.evaluate(
    async ([values, factors]) => {
      const { tf, lossOf } = page;
      const loss = lossOf({ fromLogits: true });
      const labels = tf.tensor1d([0, 8, 3, 4, 5], 'int32');
      const weighted = (z: import('@tensorflow/tfjs-core').Tensor) =>
        tf.sum(tf.mul(loss(labels, z), tf.tensor1d(factors)));
      return Array.from(
        await tf
          .grad(weighted)(tf.tensor2d(values, [5, 9]))
          .data(),
      );
    },
    [Array.from(problem.predictions), Array.from(upstream)] as const,
  );
  for (const [i, g] of oracle(problem).gradient.entries()) {
    assert.ok(Math.abs(actual[i] - g) < 1e-5, `${actual[i]} is not ${g}`);
  }
});

test.run();
