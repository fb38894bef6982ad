// The self-guided loss over the energy distance: when it begins, what its distances are, and how workers share an epoch.
// runner: wasm
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ClassCentroids, emdLoss, energy, SelfGuidedEmd, type SelfGuidedOptions } from '../../lib/index.js';
import { Random } from '../../shared/oracle/random.js';
import { sameBits } from '../support/bits.js';
import { rejects, throws } from '../support/errors.js';
import { seed } from '../support/scale.js';
import type { Anything } from '../support/wrong.js';

const test = suite('self-guided energy');

const C = 5;
const F = 7;
const ROWS = 20;

function batchOf(random: Random) {
  const labels = Int32Array.from({ length: ROWS }, (_, row) => row % C);
  return {
    labels,
    logits: random.floats(ROWS * C, () => random.normal() * 2),
    features: random.floats(ROWS * F, (i) => Math.max(0, random.normal() + labels[Math.floor(i / F)] * ((i % F) / 3))),
  };
}

type Batch = ReturnType<typeof batchOf>;

const make = (options: Partial<SelfGuidedOptions<'cpu'>> = {}) =>
  new SelfGuidedEmd({ classes: C, features: F, ...options } as SelfGuidedOptions<'cpu'>);

/** What the distances have to be: those of the centroids, the largest C - 1. */
function distancesOf(batches: Batch[], scale: 'max' | 'rank' = 'max'): Float32Array {
  const centroids = new ClassCentroids({ classes: C, features: F });
  for (const { features, labels } of batches) centroids.accumulate(features, labels);
  centroids.update();
  return centroids.distances({ scale }).map((d) => d * (C - 1));
}

function check(guided: SelfGuidedEmd, batch: Batch, distances: Float32Array | null, lambda: number): void {
  const { logits, features, labels } = batch;
  assert.is(guided.emdWeight, distances ? lambda : 0);
  const result = guided.evaluate(logits, features, labels);
  const expected = emdLoss(logits, labels, {
    classes: C,
    crossEntropyWeight: 1,
    emdWeight: distances ? lambda : 0,
    ...(distances && { groundDistance: energy(distances, { indefinite: true }) }),
  });
  sameBits(result.gradient, expected.gradient, 'gradient');
  assert.is(result.loss, expected.loss);
  if (distances) assert.is(result.emd, expected.emd);
  else assert.ok(Number.isNaN(result.emd));
}

test('is the default: cross entropy in epoch 0, then lambda 3 over the distances of the epoch before', () => {
  const random = new Random(seed);
  const guided = make();
  let distances: Float32Array | null = null;
  for (let epoch = 0; epoch < 3; epoch++) {
    const batches = [batchOf(random), batchOf(random)];
    for (const batch of batches) check(guided, batch, distances, 3);
    guided.endEpoch();
    distances = distancesOf(batches);
    sameBits(guided.distances, distances, `distances after epoch ${epoch}`);
    assert.is(Math.max(...distances), C - 1);
  }
});

test('begins with the first step where features of the untrained network were observed', async () => {
  const random = new Random(seed);
  const seen = [batchOf(random), batchOf(random)];
  for (const later of [false, true]) {
    const guided = make({ momentum: 0.9 });
    for (const { features, labels } of seen) {
      if (later) {
        const copy = features.slice();
        const running = guided.observeAsync(copy, labels);
        copy.fill(Number.NaN); // it was copied when the call was made
        throws(() => guided.refresh(), Error, /asynchronous call still runs/);
        await running;
      } else guided.observe(features, labels);
    }
    if (later) await guided.refreshAsync();
    else guided.refresh();
    sameBits(guided.distances, distancesOf(seen), 'distances');
    assert.is(guided.epoch, 0);
    assert.equal(guided.history, []);
    check(guided, batchOf(new Random(seed + 1)), guided.distances, 3);
    throws(() => guided.refresh(), RangeError, /^refresh: expected an epoch of which no batch was evaluated/);
    await rejects(() => guided.refreshAsync(), RangeError, /^refresh: expected an epoch of which no batch/);
  }
});

test('a batch that comes while a refresh runs is refused, as the loss that it is for is not there yet', async () => {
  const random = new Random(seed);
  const [seen, batch] = [batchOf(random), batchOf(random)];
  const guided = make();
  guided.observe(seen.features, seen.labels);
  const running = guided.refreshAsync();
  const early = () => guided.evaluateAsync(batch.logits, batch.features, batch.labels);
  await rejects(early, Error, /^SelfGuidedEmd: an asynchronous call still runs/);
  await running;
  const [loss, expected] = [await early(), make()];
  expected.observe(seen.features, seen.labels);
  expected.refresh();
  assert.equal(loss, expected.evaluate(batch.logits, batch.features, batch.labels));
});

test('observed rows without weight or with the ignored label do not count', () => {
  const [batch, other] = [batchOf(new Random(seed)), batchOf(new Random(seed + 1))];
  const features = new Float32Array([...batch.features, ...other.features]);
  const labels = new Int32Array([...batch.labels, ...other.labels.map((label, i) => (i % 2 ? -1 : label))]);
  const sampleWeights = new Float32Array(2 * ROWS).map((_, row) => (row < ROWS || row % 2 ? 1 : 0));
  const guided = make({ ignoreIndex: -1 });
  guided.observe(features, labels, { sampleWeights });
  guided.refresh();
  sameBits(guided.distances, distancesOf([batch]), 'distances');
});

test('a refresh replaces centroids whatever the momentum, and clears the sums', () => {
  const random = new Random(seed);
  const [first, second, third] = [batchOf(random), batchOf(random), batchOf(random)];
  const guided = make({ momentum: 0.9 });
  for (const { features, labels } of [first, second]) {
    guided.observe(features, labels);
    guided.refresh();
  }
  sameBits(guided.distances, distancesOf([second]), 'distances');
  throws(() => guided.refresh(), RangeError, /^refresh: expected features that observe\(\) was shown/);
  guided.evaluate(third.logits, third.features, third.labels);
  guided.endEpoch();
  // Now the momentum counts.
  const centroids = new ClassCentroids({ classes: C, features: F, momentum: 0.9 });
  for (const { features, labels } of [second, third]) {
    centroids.accumulate(features, labels);
    centroids.update();
  }
  sameBits(
    guided.distances,
    centroids.distances({ scale: 'max' }).map((d) => d * (C - 1)),
    'distances',
  );
});

const LINE = Float32Array.from({ length: C * C }, (_, at) => 7 * Math.abs(Math.floor(at / C) - (at % C)));

test('a prior is used alone until there are learned distances, then mixed with them', () => {
  const random = new Random(seed);
  for (const priorWeight of [undefined, 0.2, 0, 1]) {
    const guided = make({ prior: LINE, priorWeight });
    const prior = LINE.map((d) => d / 7);
    sameBits(guided.distances, prior, 'prior');
    const batch = batchOf(random);
    check(guided, batch, prior, 3);
    guided.endEpoch();
    const w = priorWeight ?? 0.5;
    const learned = distancesOf([batch]);
    const mixed = guided.distances as Float32Array;
    mixed.forEach((d, i) => {
      assert.ok(Math.abs(d - (w * prior[i] + (1 - w) * learned[i])) <= 1e-6, `${i}: ${d}`);
    });
    check(guided, batchOf(random), mixed, 3);
  }
});

test('other exponents, scales, weights and starts', () => {
  const random = new Random(seed);
  const guided = make({ exponent: 0.5, scale: 'rank', emdWeight: 0.7, startEpoch: 2 });
  const batches = [batchOf(random), batchOf(random), batchOf(random)];
  for (const [epoch, { logits, features, labels }] of batches.entries()) {
    assert.is(guided.emdWeight, epoch < 2 ? 0 : 0.7);
    const distances = guided.distances;
    const { emd } = guided.evaluate(logits, features, labels);
    if (distances) {
      const groundDistance = energy(distances, { exponent: 0.5, indefinite: true });
      assert.is(emd, emdLoss(logits, labels, { classes: C, groundDistance }).loss);
    }
    guided.endEpoch();
    sameBits(guided.distances, distancesOf([batches[epoch]], 'rank'), 'distances');
  }
});

test('states keep priors, primed distances and what was evaluated, to the last bit', () => {
  const random = new Random(seed);
  const batch = batchOf(random);
  const primed = make({ history: 'all' });
  primed.observe(batch.features, batch.labels);
  primed.refresh();
  const all = [make(), primed, make({ prior: LINE, priorWeight: 0.3, history: 2 }), make({ prior: Array.from(LINE) })];
  for (const guided of all) {
    for (let epoch = 0; epoch < 3; epoch++) {
      for (const half of [0, 1]) {
        const state = guided.toState();
        const restored = SelfGuidedEmd.fromState(JSON.parse(JSON.stringify(state)));
        assert.equal(restored.toState(), state);
        const next = batchOf(random);
        const [a, b] = [guided, restored].map((one) => one.evaluate(next.logits, next.features, next.labels));
        assert.ok(Object.is(a.loss, b.loss) && Object.is(a.emd, b.emd));
        assert.equal(restored.toState(), guided.toState());
        throws(
          () => SelfGuidedEmd.fromState(guided.toState()).refresh(),
          RangeError,
          /^refresh: expected an epoch/,
          `${half}`,
        );
      }
      guided.endEpoch();
    }
  }
});

test('workers that merge have the distances and the lambda of one that saw everything', () => {
  for (const options of [{}, { preset: 'xemd2', startEpoch: 2 }] as const) {
    const random = new Random(seed);
    const whole = make(options);
    let workers = [make(options), make(options), make(options)];
    for (let epoch = 0; epoch < 3; epoch++) {
      for (let step = 0; step < 6; step++) {
        const { logits, features, labels } = batchOf(random);
        whole.evaluate(logits, features, labels);
        workers[step % 3].evaluate(logits, features, labels);
      }
      whole.endEpoch();
      const [leader, ...others] = workers;
      for (const [i, other] of others.entries()) {
        leader.merge(i === 0 ? other : JSON.parse(JSON.stringify(other.toState())));
      }
      leader.endEpoch();
      workers = workers.map(() => SelfGuidedEmd.fromState(leader.toState()));
      (whole.distances as Float32Array).forEach((d, i) => {
        assert.ok(Math.abs(d - (leader.distances as Float32Array)[i]) <= 1e-6);
      });
      assert.ok(Math.abs(whole.emdWeight - leader.emdWeight) <= 1e-6 * whole.emdWeight);
    }
    assert.ok(whole.emdWeight > 0);
  }
});

test('a merge of other options or of another epoch is refused, and adds nothing', () => {
  const batch = batchOf(new Random(seed));
  const leader = make();
  const before = leader.toState();
  const other = make({ emdWeight: 2 });
  other.evaluate(batch.logits, batch.features, batch.labels);
  throws(() => leader.merge(other), RangeError, /^other: expected one with the same options/);
  const ahead = make({ threads: 1 });
  ahead.evaluate(batch.logits, batch.features, batch.labels);
  ahead.endEpoch();
  throws(() => leader.merge(ahead), RangeError, /^other\.epoch: expected 0, as here, received 1/);
  throws(() => leader.merge(7 as Anything), TypeError, /^state: expected/);
  assert.equal(leader.toState(), before);
});

test('options that go with another preset are refused', () => {
  const wrong = (options: Anything, name: string, type: typeof TypeError | typeof RangeError = TypeError) =>
    throws(() => make(options), type, new RegExp(`^${name}: expected`));
  wrong({ offset: 0 }, 'offset');
  wrong({ ratio: 2 }, 'ratio');
  wrong({ preset: 'matrix', prior: LINE }, 'prior');
  wrong({ preset: 'xemd1', prior: LINE, priorWeight: 0.5 }, 'prior');
  wrong({ priorWeight: 0.5 }, 'prior');
  wrong({ exponent: 2.5 }, 'exponent', RangeError);
  wrong({ startEpoch: -1 }, 'startEpoch', RangeError);
  wrong({ prior: LINE, priorWeight: 1.5 }, 'priorWeight', RangeError);
  wrong({ prior: [0, 1, 1, 0] }, 'prior', RangeError);
  wrong({ prior: LINE.map(() => 0) }, 'prior', RangeError);
  wrong({ prior: LINE.map((d, i) => (i === 1 ? -1 : d)) }, 'prior\\[1\\]', RangeError);
});

test('partial sums go through an all-reduce', () => {
  const random = new Random(seed);
  const [a, b, whole] = [0, 1, 2].map(() => new ClassCentroids({ classes: C, features: F }));
  const [first, second] = [batchOf(random), batchOf(random)];
  a.accumulate(first.features, first.labels);
  b.accumulate(second.features, second.labels);
  for (const { features, labels } of [first, second]) whole.accumulate(features, labels);
  const { partial } = b;
  assert.is(partial.length, C * F + C);
  a.setPartial(a.partial.map((value, i) => value + partial[i]));
  assert.equal(a.counts, whole.counts);
  for (const one of [a, whole]) one.update();
  a.centroids.forEach((x, i) => {
    assert.ok(Math.abs(x - whole.centroids[i]) <= 1e-7);
  });
  const before = a.toState();
  throws(() => a.setPartial(new Float32Array(C * F + C) as Anything), TypeError, /^values: expected a Float64Array/);
  throws(() => a.setPartial(new Float64Array(3)), RangeError, /^values: expected 40 elements/);
  throws(
    () => a.setPartial(new Float64Array(C * F + C).fill(0.5)),
    RangeError,
    /^values\[35\]: expected a number of samples/,
  );
  assert.equal(a.toState(), before);
});

test.run();
