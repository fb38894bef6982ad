// What a user's program does, on whatever runtime runs it: training, asynchronous calls, workers, a learned distance, metrics. It checks
// its own numbers, and says last on which runtime it did.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import * as squaredEmd from 'squared-emd';
import {
  ClassCentroids,
  circular,
  EmdLoss,
  emdLoss,
  emdLossAsync,
  GroundDistance,
  info,
  matrix,
  ordered,
  pairwiseDistances,
  SelfGuidedEmd,
  tree,
} from 'squared-emd';
import {
  accuracy,
  accuracyWithin,
  confusionMatrix,
  decode,
  meanAbsoluteError,
  quadraticWeightedKappa,
  rankedProbabilityScore,
} from 'squared-emd/metrics';
import { exportOnnx } from 'squared-emd/onnxruntime';
import { Linear, makeSamples } from './classifier.mjs';

const CLASSES = 6;
const FEATURES = 8;
const samples = makeSamples({ classes: CLASSES, features: FEATURES, rows: 600 });

const near = (value, expected, tolerance, what) =>
  assert.ok(
    Math.abs(value - expected) <= tolerance * Math.max(1, Math.abs(expected)),
    `${what}: ${value}, not ${expected}`,
  );
const sameBits = (a, b, what) =>
  assert.deepEqual(new Uint32Array(a.slice().buffer), new Uint32Array(b.slice().buffer), what);

/** The ordered loss of a row in double precision. */
function reference(logits, label) {
  const most = Math.max(...logits);
  const e = Array.from(logits, (z) => Math.exp(z - most));
  const total = e.reduce((a, b) => a + b, 0);
  let [below, emd] = [0, 0];
  e.slice(0, -1).forEach((value, i) => {
    below += value / total;
    emd += (below - (label <= i ? 1 : 0)) ** 2;
  });
  return emd;
}

function oneCall() {
  const logits = Float32Array.of(0.3, -0.2, 0.1, 0.5, 2, -3, 0, 1);
  const labels = [1, 3];
  const { loss, gradient } = emdLoss(logits, labels, { classes: 4, reduction: 'sum' });
  const expected = (z) => labels.reduce((sum, label, row) => sum + reference(z.slice(row * 4, row * 4 + 4), label), 0);
  near(loss, expected(Array.from(logits)), 4e-6, 'loss');
  for (let i = 0; i < logits.length; i++) {
    const moved = (by) => expected(Array.from(logits, (z, j) => (i === j ? z + by : z)));
    near(gradient[i], (moved(1e-5) - moved(-1e-5)) / 2e-5, 1e-5, `gradient[${i}]`);
  }
  const kinds = [Int32Array, Uint8Array, Int8Array, Uint8ClampedArray, Uint16Array, Uint32Array];
  for (const Kind of kinds)
    sameBits(emdLoss(logits, Kind.from(labels), { classes: 4, reduction: 'sum' }).gradient, gradient, Kind.name);
  sameBits(
    emdLoss(logits, BigInt64Array.from(labels, BigInt), { classes: 4, reduction: 'sum' }).gradient,
    gradient,
    'BigInt64Array',
  );

  const before = logits.slice();
  assert.throws(() => emdLoss(logits, [1, 4], { classes: 4, gradient: logits }), {
    name: 'RangeError',
    message: /^targets\[1\]: expected/,
  });
  sameBits(logits, before, 'nothing is written when an argument is refused');
  emdLoss(logits, labels, { classes: 4, reduction: 'sum', gradient: logits });
  sameBits(logits, gradient, 'in place');
}

function grounds() {
  const table = [0, 1, 2, 1, 0, 1, 2, 1, 0];
  for (const ground of [ordered([1, 2]), circular(), tree([-1, 0, 0]), matrix(table, 'xemd2')]) {
    const back = GroundDistance.fromJSON(JSON.parse(JSON.stringify(ground)));
    const losses = [ground, back].map(
      (groundDistance) => emdLoss(Float32Array.of(1, 2, 0.5), [0], { classes: 3, groundDistance }).loss,
    );
    assert.ok(losses[0] !== 0 && losses[0] === losses[1], String(ground));
  }
}

/** Trains, and gives the probabilities of all samples. */
function train(options) {
  const model = new Linear(FEATURES, CLASSES);
  const criterion = new EmdLoss({ classes: CLASSES, crossEntropyWeight: 1, emdWeight: 10, ...options });
  let [first, last] = [0, 0];
  for (let step = 0; step < 150; step++) {
    const { loss, gradient, nonFinite } = criterion.evaluate(model.forward(samples.x), samples.labels);
    assert.equal(nonFinite, 0);
    model.step(samples.x, gradient, 0.3);
    if (step === 0) first = loss;
    last = loss;
  }
  assert.ok(last < first / 2, `training: ${first} became ${last}`);
  return model.probabilities(samples.x);
}

function judge(probabilities) {
  const { labels } = samples;
  const predicted = decode(probabilities, { classes: CLASSES, rule: 'median' });
  const errors = Array.from(predicted, (guess, i) => Math.abs(guess - labels[i]));
  const share = (within) => errors.filter((error) => error <= within).length / errors.length;
  assert.equal(accuracy(predicted, labels), share(0));
  assert.equal(accuracyWithin(predicted, labels, 1), share(1));
  near(
    meanAbsoluteError(predicted, labels),
    errors.reduce((a, b) => a + b) / errors.length,
    1e-12,
    'mean absolute error',
  );
  assert.ok(share(1) > 0.9 && quadraticWeightedKappa(predicted, labels, CLASSES) > 0.8);
  assert.equal(
    confusionMatrix(predicted, labels, CLASSES).reduce((a, b) => a + b),
    labels.length,
  );
  const { emd } = emdLoss(probabilities, labels, { classes: CLASSES, input: 'probabilities', gradient: false });
  near(rankedProbabilityScore(probabilities, labels, { classes: CLASSES }), emd, 1e-6, 'ranked probability score');
}

async function later() {
  const classes = 1000;
  const logits = Float32Array.from({ length: 64 * classes }, (_, i) => 5 * Math.sin(i * i));
  const labels = Int32Array.from({ length: 64 }, (_, i) => (i * 37) % classes);
  const expected = emdLoss(logits, labels, { classes, losses: true });
  const input = logits.slice();
  const running = Array.from({ length: 8 }, () => emdLossAsync(input, labels, { classes, losses: true }));
  input.fill(0); // has been copied
  for (const { loss, gradient, losses } of await Promise.all(running)) {
    assert.equal(loss, expected.loss);
    sameBits(gradient, expected.gradient, 'asynchronous gradient');
    sameBits(losses, expected.losses, 'asynchronous losses');
  }
  await assert.rejects(emdLossAsync(logits, [0], { classes }), {
    name: 'RangeError',
    message: /^targets: expected 64/,
  });
}

/** Workers that add up the features of their share of the samples, while each of them also trains. */
async function workers() {
  const shares = 3;
  const alone = new ClassCentroids({ classes: CLASSES, features: FEATURES });
  alone.accumulate(samples.x, samples.labels);
  alone.update();
  const together = new ClassCentroids({ classes: CLASSES, features: FEATURES });
  const rows = samples.labels.length / shares;
  const states = await Promise.all(
    Array.from({ length: shares }, async (_, share) => {
      const [begin, end] = [share * rows, (share + 1) * rows];
      const workerData = {
        classes: CLASSES,
        features: FEATURES,
        x: samples.x.slice(begin * FEATURES, end * FEATURES),
        labels: samples.labels.slice(begin, end),
      };
      const worker = new Worker(new URL('./worker.mjs', import.meta.url), { workerData });
      const [message] = await Promise.race([
        once(worker, 'message'),
        once(worker, 'error').then(([error]) => Promise.reject(error)),
      ]);
      await worker.terminate();
      return message;
    }),
  );
  for (const { state, first, last } of states) {
    assert.ok(last < first, `a worker's training: ${first} became ${last}`);
    together.merge(state);
  }
  together.update();
  for (const [i, value] of together.centroids.entries()) near(value, alone.centroids[i], 1e-6, `centroids[${i}]`);
}

async function learned() {
  const options = { classes: CLASSES, features: FEATURES, preset: 'xemd1', startEpoch: 2 };
  const run = async (guided, model, epochs) => {
    for (let epoch = 0; epoch < epochs; epoch++) {
      for (let step = 0; step < 5; step++) {
        const { gradient } = await guided.evaluateAsync(model.forward(samples.x), samples.x, samples.labels);
        model.step(samples.x, gradient, 0.1);
      }
      guided.endEpoch();
    }
    return guided;
  };
  const model = new Linear(FEATURES, CLASSES);
  const guided = await run(new SelfGuidedEmd(options), model, 3);
  assert.ok(guided.epoch === 3 && guided.emdWeight > 0);
  const { distances } = guided;
  for (let i = 0; i < CLASSES; i++) {
    assert.equal(distances[i * CLASSES + i], 0);
    for (let j = 0; j < CLASSES; j++) assert.equal(distances[i * CLASSES + j], distances[j * CLASSES + i]);
  }
  const copies = [guided, SelfGuidedEmd.fromState(JSON.parse(JSON.stringify(guided.toState())))];
  const [one, other] = copies.map((copy) => copy.evaluate(model.forward(samples.x), samples.x, samples.labels));
  assert.equal(one.loss, other.loss);
  sameBits(one.gradient, other.gradient, 'after JSON');
  const [nearby, far] = [1, CLASSES - 1].map((k) => distances[k]);
  assert.ok(nearby < far, `neighbours at ${nearby}, the ends at ${far}`);
  assert.equal(pairwiseDistances(Float32Array.of(0, 0, 3, 4), { rows: 2 })[1], 5);
}

oneCall();
grounds();
const probabilities = train({});
judge(probabilities);
sameBits(train({ threads: 1 }), probabilities, 'whatever the number of threads');
await later();
await workers();
await learned();
assert.ok(exportOnnx({ classes: CLASSES }).length > 100);
const required = createRequire(import.meta.url)('squared-emd');
assert.equal(required.EmdLoss, squaredEmd.EmdLoss, 'one instance for both module systems');
const { version, isa } = info();
const runtime = globalThis.Deno
  ? `Deno ${Deno.version.deno}`
  : globalThis.Bun
    ? `Bun ${Bun.version}`
    : `Node ${process.versions.node}`;
console.log(`passed on ${runtime}: squared-emd ${version}, ${isa}`);
