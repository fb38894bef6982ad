// The self-guided loss against its parts: the schedule, the rule for lambda, what counts as a sample, and training that is killed
// and goes on from its state with identical numbers.
// runner: wasm
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  ClassCentroids,
  emdLoss,
  matrix,
  SelfGuidedEmd,
  type SelfGuidedOptions,
  type SelfGuidedState,
} from '../../lib/index.js';
import { oracle, type Problem } from '../../shared/oracle/oracle.js';
import { Random } from '../../shared/oracle/random.js';
import { sameArray, sameBits } from '../support/bits.js';
import { rejects, throws } from '../support/errors.js';
import { seed } from '../support/scale.js';

const test = suite('self-guided');

const C = 5;
const F = 7;
const ROWS = 12;

interface Batch {
  logits: Float32Array;
  features: Float32Array;
  labels: Int32Array;
}

function batchOf(random: Random, rows = ROWS): Batch {
  const labels = Int32Array.from({ length: rows }, () => random.index(C));
  return {
    labels,
    logits: random.floats(rows * C, () => random.normal() * 2),
    features: random.floats(rows * F, (i) => Math.max(0, random.normal() + labels[Math.floor(i / F)] * ((i % F) / 3))),
  };
}

const CASES: Record<string, Partial<SelfGuidedOptions>> = {
  'the defaults of a matrix': {},
  'matrix, by its name': { preset: 'matrix', exponent: 1.5 },
  'xemd1, with a negative offset': { preset: 'xemd1' },
  'xemd2, reduction sum, another scale and norm': { preset: 'xemd2', reduction: 'sum', scale: 'max', normalize: 'l2' },
  'exponent and offset, momentum, an early start': {
    exponent: 2,
    offset: 0.5,
    momentum: 0.5,
    startEpoch: 2,
    ratio: 1.5,
  },
  'a given weight': { emdWeight: 0.7, startEpoch: 1 },
  'weights and ignored rows': { classWeights: Float32Array.of(1, 2, 0.5, 0, 1), ignoreIndex: 3, startEpoch: 3 },
};

/** As `matrix` takes them. */
const costsOf = ({ preset, exponent, offset }: Partial<SelfGuidedOptions>) =>
  preset === undefined || preset === 'matrix' || preset === 'energy' ? { exponent, offset } : preset;

function problemOf(
  options: Partial<SelfGuidedOptions>,
  batch: Batch,
  distances: Float32Array,
  weights: [number, number],
): Problem {
  const { exponent, offset } = matrix(distances, costsOf(options));
  return {
    classes: C,
    ground: { kind: 'matrix', distances, exponent, offset },
    predictions: batch.logits,
    targets: { kind: 'index', values: batch.labels },
    reduction: 'none',
    crossEntropyWeight: weights[0],
    emdWeight: weights[1],
    ...(options.ignoreIndex !== undefined && { ignoreIndex: options.ignoreIndex }),
    ...(options.classWeights && { classWeights: options.classWeights }),
  };
}

for (const [name, options] of Object.entries(CASES)) {
  test(`schedule and lambda: ${name}`, () => {
    const random = new Random(seed);
    const guided = new SelfGuidedEmd({ preset: 'matrix', classes: C, features: F, history: 'all', ...options });
    const centroids = new ClassCentroids({
      classes: C,
      features: F,
      normalize: options.normalize,
      momentum: options.momentum,
    });
    const start = options.startEpoch ?? 4;
    let distances: Float32Array | undefined;
    let lambda = 0;
    for (let epoch = 0; epoch < start + 2; epoch++) {
      assert.is(guided.epoch, epoch);
      if (epoch >= start && options.emdWeight !== undefined) lambda = options.emdWeight;
      assert.ok(
        Math.abs(guided.emdWeight - lambda) <= 1e-5 * lambda,
        `epoch ${epoch}: expected lambda ${lambda}, received ${guided.emdWeight}`,
      );
      const sums = { crossEntropy: 0, emd: 0 };
      for (let step = 0; step < 3; step++) {
        const batch = batchOf(random);
        const result = guided.evaluate(batch.logits, batch.features, batch.labels);
        const ground = distances && matrix(distances, costsOf(options));
        const { classWeights, ignoreIndex, reduction } = options;
        const expected = emdLoss(batch.logits, batch.labels, {
          classes: C,
          crossEntropyWeight: 1,
          emdWeight: guided.emdWeight,
          ...(ground && { groundDistance: ground }),
          ...(classWeights && { classWeights }),
          ...(ignoreIndex !== undefined && { ignoreIndex }),
          ...(reduction && { reduction }),
        });
        sameBits(result.gradient, expected.gradient, `epoch ${epoch}: gradient`);
        assert.is(result.loss, expected.loss);
        assert.is(result.crossEntropy, expected.crossEntropy);
        if (distances) assert.is(result.emd, expected.emd);
        else assert.ok(Number.isNaN(result.emd), 'no distances, no EMD');
        centroids.accumulate(batch.features, batch.labels, { ignoreIndex });
        if (!distances) continue;
        // E may be negative: the rule takes absolute values.
        const sumOf = (weights: [number, number]) =>
          Array.from(oracle(problemOf(options, batch, distances as Float32Array, weights)).losses).reduce(
            (a, b) => a + Math.abs(b),
            0,
          );
        sums.crossEntropy += sumOf([1, 0]);
        sums.emd += sumOf([0, 1]);
      }
      guided.endEpoch();
      centroids.update();
      distances = centroids.distances({ scale: options.scale });
      sameBits(guided.distances, distances, `epoch ${epoch}: distances`);
      if (epoch === start - 1 && options.emdWeight === undefined)
        lambda = sums.crossEntropy / sums.emd / (options.ratio ?? 3.5);
    }
    assert.is(guided.history.length, start + 2);
    assert.ok(lambda > 0);
  });
}

test('rows without weight are not samples, and rows that are not finite do not spoil lambda', () => {
  const random = new Random(seed);
  const plain = new SelfGuidedEmd({ preset: 'matrix', classes: C, features: F, startEpoch: 2 });
  const padded = new SelfGuidedEmd({ preset: 'matrix', classes: C, features: F, startEpoch: 2 });
  for (let epoch = 0; epoch < 2; epoch++) {
    const batch = batchOf(random);
    plain.evaluate(batch.logits, batch.features, batch.labels);
    const sampleWeights = new Float32Array(ROWS + 2).fill(1, 0, ROWS);
    const logits = new Float32Array((ROWS + 2) * C).fill(Number.NaN);
    const features = new Float32Array((ROWS + 2) * F).fill(Number.NaN);
    const labels = new Int32Array(ROWS + 2).fill(99);
    logits.set(batch.logits);
    features.set(batch.features);
    labels.set(batch.labels);
    padded.evaluate(logits, features, labels, { sampleWeights });
    plain.endEpoch();
    padded.endEpoch();
  }
  assert.is(padded.emdWeight, plain.emdWeight);
  sameBits(padded.distances, plain.distances, 'distances');

  const spoilt = SelfGuidedEmd.fromState(
    new SelfGuidedEmd({ preset: 'matrix', classes: C, features: F, startEpoch: 2 }).toState(),
  );
  const first = batchOf(random);
  spoilt.evaluate(first.logits, first.features, first.labels);
  spoilt.endEpoch();
  const second = batchOf(random);
  second.logits[0] = Number.NaN;
  spoilt.evaluate(second.logits, second.features, second.labels);
  spoilt.endEpoch();
  assert.ok(spoilt.emdWeight > 0 && Number.isFinite(spoilt.emdWeight));
});

test('an EMD of 0 gives a lambda of 0', () => {
  const guided = new SelfGuidedEmd({ preset: 'matrix', classes: C, features: F, startEpoch: 2 });
  const { logits, labels } = batchOf(new Random(seed));
  for (let epoch = 0; epoch < 2; epoch++) {
    // Equal centroids: all distances are 0.
    guided.evaluate(
      logits,
      new Float32Array(ROWS * F).fill(1),
      Int32Array.from(labels, (_, i) => i % C),
    );
    guided.endEpoch();
  }
  assert.is(guided.emdWeight, 0);
  assert.is(guided.epoch, 2);
});

test('outputs, weights and upstream of a batch', () => {
  const { logits, features, labels } = batchOf(new Random(seed));
  const guided = new SelfGuidedEmd({ preset: 'matrix', classes: C, features: F, reduction: 'none' });
  const gradient = new Float32Array(ROWS * C);
  const upstream = Float32Array.from({ length: ROWS }, (_, i) => i - 3);
  const result = guided.evaluate(logits, features, labels, { gradient, upstream, losses: true });
  sameArray(result.gradient, gradient);
  const expected = emdLoss(logits, labels, {
    classes: C,
    reduction: 'none',
    crossEntropyWeight: 1,
    emdWeight: 0,
    upstream,
  });
  sameBits(gradient, expected.gradient, 'gradient');
  sameBits(result.losses, expected.losses, 'losses');
});

test('asynchronous calls: the same numbers, in the order of the calls', async () => {
  const random = new Random(seed);
  const options = { classes: C, features: F, startEpoch: 2, preset: 'xemd1' } as const;
  const atOnce = new SelfGuidedEmd(options);
  const later = new SelfGuidedEmd(options);
  for (let epoch = 0; epoch < 4; epoch++) {
    const batches = Array.from({ length: 6 }, (_, i) => batchOf(random, 1 + 30 * (6 - i)));
    const running = batches.map(({ logits, features, labels }) =>
      later.evaluateAsync(logits, features.slice(), labels),
    );
    assert.throws(() => later.endEpoch(), /asynchronous call still runs/);
    const results = await Promise.all(running);
    batches.forEach(({ logits, features, labels }, i) => {
      const expected = atOnce.evaluate(logits, features, labels);
      assert.ok(Object.is(results[i].loss, expected.loss) && Object.is(results[i].emd, expected.emd), `batch ${i}`);
      sameBits(results[i].gradient, expected.gradient, 'gradient');
    });
    atOnce.endEpoch();
    later.endEpoch();
    assert.equal(later.toState(), atOnce.toState());
  }
});

test('training that is killed and goes on from its last state has identical numbers', () => {
  const options = {
    preset: 'matrix' as const,
    classes: C,
    features: F,
    startEpoch: 3,
    momentum: 0.9,
    classWeights: Float32Array.of(1, 2, 1, 1, 0.1),
    ignoreIndex: 2,
  };
  // Killed in each epoch in turn, between two batches.
  for (let killed = 0; killed < 6; killed++) {
    const random = new Random(seed);
    let guided = new SelfGuidedEmd(options);
    let witness = new SelfGuidedEmd(options);
    for (let epoch = 0; epoch < 6; epoch++) {
      for (let step = 0; step < 3; step++) {
        const { logits, features, labels } = batchOf(random);
        const a = guided.evaluate(logits, features, labels);
        const b = witness.evaluate(logits, features, labels);
        assert.ok(Object.is(a.loss, b.loss) && Object.is(a.emd, b.emd), `epoch ${epoch}, step ${step}`);
        sameBits(a.gradient, b.gradient, `epoch ${epoch}, step ${step}: gradient`);
        if (epoch !== killed || step !== 1) continue;
        guided = SelfGuidedEmd.fromState(JSON.parse(JSON.stringify(guided.toState())) as SelfGuidedState);
        witness = SelfGuidedEmd.fromState(structuredClone(witness.toState()));
      }
      guided.endEpoch();
      witness.endEpoch();
    }
    const whole = new SelfGuidedEmd(options);
    const again = new Random(seed);
    for (let epoch = 0; epoch < 6; epoch++) {
      for (let step = 0; step < 3; step++) {
        const { logits, features, labels } = batchOf(again);
        whole.evaluate(logits, features, labels);
      }
      whole.endEpoch();
    }
    assert.equal(guided.toState(), whole.toState(), `killed in epoch ${killed}`);
  }
});

test('an output over the features is refused: they are read after it is written', async () => {
  const loss = new SelfGuidedEmd({ preset: 'matrix', classes: 3, features: 3 });
  const memory = new Float32Array(18);
  const features = memory.subarray(0, 6);
  const before = loss.toState();
  for (const options of [{ gradient: memory.subarray(3, 9) }, { losses: features.subarray(4, 6) }]) {
    const [name] = Object.keys(options);
    const message = new RegExp(`^${name}: expected memory of its own, but it overlaps features`);
    throws(() => loss.evaluate(new Float32Array(6), features, [0, 1], options), RangeError, message);
    await rejects(() => loss.evaluateAsync(new Float32Array(6), features, [0, 1], options), RangeError, message);
  }
  assert.equal(loss.toState(), before);
  loss.evaluate(new Float32Array(6), features, [0, 1], { gradient: memory.subarray(6, 12) });
});

test('an epoch whose distances are no float32 numbers does not end', () => {
  const loss = new SelfGuidedEmd({ preset: 'matrix', classes: 2, features: 1, normalize: 'none', scale: 'none' });
  loss.evaluate(new Float32Array(4), Float32Array.of(3e38, -3e38), [0, 1]);
  throws(() => loss.endEpoch(), RangeError, /^features: distances between their centroids/);
  assert.is(loss.epoch, 0);
  assert.is(loss.distances, null);
  assert.ok(Number.isNaN(loss.evaluate(new Float32Array(4), Float32Array.of(1, 2), [0, 1]).emd));
});

test('costs that are no float32 numbers are told in words of the features, whatever the exponent', () => {
  const far = Float32Array.of(1e25, -1e25);
  const loss = new SelfGuidedEmd({
    preset: 'matrix',
    classes: 2,
    features: 1,
    normalize: 'none',
    scale: 'none',
    exponent: 2,
  });
  loss.evaluate(new Float32Array(4), far, [0, 1]);
  throws(
    () => loss.endEpoch(),
    RangeError,
    /^features: distances between their centroids: expected numbers whose costs at exponent 2 are float32 numbers; scale 'rank'/,
  );
  assert.is(loss.epoch, 0);
  const scaled = new SelfGuidedEmd({
    preset: 'matrix',
    classes: 2,
    features: 1,
    normalize: 'none',
    scale: 'max',
    exponent: 2,
  });
  scaled.evaluate(new Float32Array(4), far, [0, 1]);
  scaled.endEpoch();
  assert.equal(Array.from(scaled.distances as Float32Array), [0, 1, 1, 0]);
});

test('lambda by the rule is at most 100, as for a network that is trained already', () => {
  // Both terms vanish, the EMD as the square of the other.
  const loss = new SelfGuidedEmd({
    preset: 'matrix',
    classes: 3,
    features: 2,
    startEpoch: 2,
    exponent: 8,
    scale: 'max',
  });
  for (let epoch = 0; epoch < 2; epoch++) {
    loss.evaluate(Float32Array.of(30, 15, 0, 15, 30, 0, 0, 0, 40), Float32Array.of(1, 0, 0.99, 0.01, 0, 1), [0, 1, 2]);
    loss.endEpoch();
  }
  assert.is(loss.emdWeight, 100);
  assert.is(SelfGuidedEmd.fromState(loss.toState()).emdWeight, 100);
});

test('more classes than a matrix of distances can have are refused before anything is trained', () => {
  throws(
    () => new SelfGuidedEmd({ preset: 'matrix', classes: 30000, features: 1 }),
    RangeError,
    /^classes: expected at most 23170, as a matrix \[30000, 30000\] would need 3\.6 GB, received 30000/,
  );
});

test.run();
