// Class centroids and their distances: golden vectors, a float64 oracle, identical bits for any number of threads and through
// states, and workers that share an epoch.
// runner: wasm
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { gunzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type CentroidState,
  ClassCentroids,
  type DistanceScale,
  type FeatureNorm,
  info,
  pairwiseDistances,
  setThreads,
} from '../../lib/index.js';
import { Random } from '../../shared/oracle/random.js';
import { sameArray, sameBits } from '../support/bits.js';
import { close, closeRanks, keptCentroids } from '../support/check-centroids.js';
import { type Centroids, centroidsOf, distancesOf, type Samples } from '../support/oracle-centroids.js';
import { scaled, seed } from '../support/scale.js';

const test = suite('class centroids');

const SCALES: DistanceScale[] = ['rank', 'max', 'mean', 'none'];
const NORMS: FeatureNorm[] = ['l1', 'l2', 'none'];

interface Golden {
  name: string;
  classes: number;
  features: number;
  options: { normalize: FeatureNorm; momentum?: number };
  epochs: {
    features: number[];
    labels: number[];
    centroids: (number[] | null)[] | null;
    distances: Partial<Record<DistanceScale, number[]>>;
  }[];
}

const flat = (centroids: ArrayLike<Float64Array | number[] | null | undefined>, features: number) =>
  Array.from(centroids).flatMap((one) => (one ? Array.from(one) : new Array<number>(features).fill(Number.NaN)));

const golden: Golden[] = JSON.parse(
  gunzipSync(readFileSync(join(__dirname, '../../../test/vectors/centroids.json.gz'))).toString(),
);

for (const { name, classes, features, options, epochs } of golden) {
  test(`golden vector '${name}'`, () => {
    const centroids = new ClassCentroids({ classes, features, ...options });
    epochs.forEach((epoch, i) => {
      const half = epoch.labels.length >> 1;
      const values = Float32Array.from(epoch.features);
      const labels = Int32Array.from(epoch.labels);
      centroids.accumulate(values.subarray(0, half * features), labels.subarray(0, half));
      centroids.accumulate(values.subarray(half * features), labels.subarray(half));
      centroids.update();
      if (epoch.centroids) close(centroids.centroids, flat(epoch.centroids, features), 1e-6, `epoch ${i}: centroids`);
      for (const scale of SCALES) {
        const expected = epoch.distances[scale];
        if (expected) close(centroids.distances({ scale }), expected, 2e-6, `epoch ${i}: ${scale}`);
      }
    });
  });
}

function randomSamples(
  classes: number,
  features: number,
  rows: number,
  random: Random,
): Samples & { values: Float32Array } {
  const labels = Int32Array.from({ length: rows }, () => random.index(classes));
  const values = random.floats(rows * features, (i) =>
    Math.max(0, random.normal() + Math.sin((labels[Math.floor(i / features)] + 1) * ((i % features) + 1))),
  );
  return { classes, features, values, labels };
}

test('sizes that fill no vector, tile, block or panel, against the oracle', () => {
  const random = new Random(seed);
  for (const [classes, features, rows] of scaled(
    [
      [2, 1, 5],
      [3, 2, 4],
      [7, 15, 30],
      [33, 17, 200],
      [65, 33, 400],
      [130, 64, 500],
      [9, 1025, 30],
      [5, 2500, 20],
    ],
    [
      [2, 1, 0],
      [257, 100, 3000],
      [70, 5000, 300],
    ],
  )) {
    for (const normalize of NORMS) {
      const samples = randomSamples(classes, features, rows, random);
      const what = `${classes} classes, ${features} features, ${rows} rows, ${normalize}`;
      const centroids = new ClassCentroids({ classes, features, normalize });
      centroids.accumulate(samples.values, samples.labels as Int32Array);
      centroids.update();
      const expected = centroidsOf(samples, normalize, 0, []);
      close(
        centroids.centroids,
        flat(
          Array.from({ length: classes }, (_, c) => expected[c]),
          features,
        ),
        1e-6,
        what,
      );
      const kept = keptCentroids(centroids.centroids, features);
      for (const scale of SCALES) {
        const actual = centroids.distances({ scale });
        if (scale === 'rank') closeRanks(actual, kept, `${what}: rank`);
        else close(actual, distancesOf(kept, scale), 3e-6, `${what}: ${scale}`);
        for (let i = 0; i < classes; i++) {
          assert.is(actual[i * classes + i], 0, `${what}: diagonal`);
          for (let j = 0; j < i; j++) assert.is(actual[i * classes + j], actual[j * classes + i], `${what}: symmetry`);
        }
      }
    }
  }
});

test('properties: any labels, ignored rows, norms and momentum, over epochs', () => {
  fc.assert(
    fc.property(
      fc.record({
        classes: fc.integer({ min: 2, max: 9 }),
        features: fc.integer({ min: 1, max: 20 }),
        normalize: fc.constantFrom(...NORMS),
        momentum: fc.constantFrom(0, 0.5, 0.9),
        epochs: fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 4 }),
        from: fc.integer(),
      }),
      ({ classes, features, normalize, momentum, epochs, from }) => {
        const random = new Random(from);
        const centroids = new ClassCentroids({ classes, features, normalize, momentum });
        let expected: Centroids = new Array(classes).fill(undefined);
        for (const rows of epochs) {
          const samples = randomSamples(classes, features, rows, random);
          const labels = Int32Array.from(samples.labels, (label) => (random.uniform() < 0.2 ? -7 : label));
          centroids.accumulate(samples.values, labels, { ignoreIndex: -7 });
          const counts = centroids.counts;
          counts.forEach((count, c) => {
            assert.is(count, labels.filter((label) => label === c).length);
          });
          centroids.update();
          assert.equal(Array.from(centroids.counts), new Array(classes).fill(0));
          expected = centroidsOf({ ...samples, labels }, normalize, momentum, expected);
          close(centroids.centroids, flat(expected, features), 2e-6, 'centroids');
        }
      },
    ),
    { seed, numRuns: scaled(200, 5000) },
  );
});

test('labels of every type are the same labels', () => {
  const { values, labels } = randomSamples(5, 3, 40, new Random(seed));
  const list = Array.from(labels);
  const sumsOf = (given: Parameters<ClassCentroids['accumulate']>[1]) => {
    const centroids = new ClassCentroids({ classes: 5, features: 3 });
    centroids.accumulate(values, given);
    return centroids.toState();
  };
  const expected = sumsOf(list);
  for (const Type of [Int32Array, Uint8Array, Uint16Array, Uint32Array])
    assert.equal(sumsOf(Type.from(list)), expected);
  assert.equal(sumsOf(BigInt64Array.from(list, BigInt)), expected);
});

test('the same bits for every number of threads, at once and later', async () => {
  const random = new Random(seed);
  const { values, labels } = randomSamples(150, 130, 3000, random);
  const run = () => {
    const centroids = new ClassCentroids({ classes: 150, features: 130 });
    centroids.accumulate(values, labels as Int32Array);
    const { sums } = centroids.toState();
    centroids.update();
    return {
      sums,
      centroids: centroids.centroids,
      distances: centroids.distances(),
      plain: centroids.distances({ scale: 'none' }),
    };
  };
  const runLater = async () => {
    const centroids = new ClassCentroids({ classes: 150, features: 130 });
    const adding = centroids.accumulateAsync(values, labels as Int32Array);
    const updating = centroids.updateAsync();
    const distances = centroids.distancesAsync();
    await Promise.all([adding, updating]);
    return { centroids: (await distances) && centroids.centroids, distances: await distances };
  };
  const expected = run();
  const before = info().threads;
  try {
    for (const threads of [1, 2, 3, 7]) {
      setThreads(threads);
      const actual = run();
      assert.equal(actual.sums, expected.sums, `${threads} threads`);
      sameBits(actual.centroids, expected.centroids, `${threads} threads: centroids`);
      sameBits(actual.distances, expected.distances, `${threads} threads: distances`);
      sameBits(actual.plain, expected.plain, `${threads} threads: plain distances`);
      const later = await runLater();
      sameBits(later.centroids, expected.centroids, `${threads} threads, later: centroids`);
      sameBits(later.distances, expected.distances, `${threads} threads, later: distances`);
    }
  } finally {
    setThreads(before);
  }
});

test('asynchronous calls run in the order in which they were made, on what the arrays held then', async () => {
  const random = new Random(seed);
  const batches = Array.from({ length: 12 }, (_, i) => randomSamples(6, 50, 1 + 40 * (12 - i), random));
  const expected = new ClassCentroids({ classes: 6, features: 50 });
  for (const { values, labels } of batches) expected.accumulate(values, labels as Int32Array);
  const actual = new ClassCentroids({ classes: 6, features: 50 });
  const running = batches.map(({ values, labels }) => {
    const copy = { values: values.slice(), labels: Int32Array.from(labels) };
    const adding = actual.accumulateAsync(copy.values, copy.labels);
    copy.values.fill(Number.NaN);
    copy.labels.fill(99);
    return adding;
  });
  for (const call of [() => actual.counts, () => actual.update(), () => actual.toState(), () => actual.distances()]) {
    assert.throws(call, (error: Error) => /asynchronous call still runs/.test(error.message));
  }
  await Promise.all(running);
  assert.equal(actual.toState(), expected.toState());
});

test('a wrong label among asynchronous calls rejects its own and no other', async () => {
  const centroids = new ClassCentroids({ classes: 3, features: 1 });
  const one = Float32Array.of(2);
  const calls = [0, 7, 1, 2].map((label) => centroids.accumulateAsync(one, [label]));
  const endings = await Promise.allSettled(calls);
  assert.equal(
    endings.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
  );
  assert.match(
    String((endings[1] as PromiseRejectedResult).reason),
    /labels\[0\]: expected a class index in 0\.\.2, received 7/,
  );
  assert.equal(Array.from(centroids.counts), [1, 1, 1]);
});

test('a feature that is not finite spoils the centroid of its class, until an epoch without one, and no other', () => {
  for (const normalize of NORMS) {
    for (const bad of [Number.NaN, Infinity, -Infinity]) {
      const centroids = new ClassCentroids({ classes: 3, features: 2, normalize, momentum: 0.5 });
      const good = Float32Array.of(1, 2, 3, 5, 5, 1);
      centroids.accumulate(good, [0, 1, 2]);
      centroids.accumulate(Float32Array.of(1, bad), [1]);
      const { sums } = JSON.parse(JSON.stringify(centroids.toState())) as CentroidState;
      assert.equal(
        sums.map((x) => x === null),
        [false, false, true, true, false, false],
      );
      centroids.update();
      assert.equal(Array.from(centroids.centroids, Number.isNaN), [false, false, true, true, false, false]);
      const distances = centroids.distances({ scale: 'max' });
      assert.equal([distances[1], distances[5], distances[2]], [1, 1, 1]);
      centroids.accumulate(good, [0, 1, 2]);
      centroids.update();
      assert.not(centroids.centroids.some(Number.isNaN), 'healed');
    }
  }
});

test('classes without centroids, equal centroids, and no centroids at all', () => {
  const none = new ClassCentroids({ classes: 3, features: 2 });
  for (const scale of SCALES) assert.equal(Array.from(none.distances({ scale })), [0, 1, 1, 1, 0, 1, 1, 1, 0]);
  const equal = new ClassCentroids({ classes: 3, features: 2 });
  equal.accumulate(Float32Array.of(1, 1, 2, 2), [0, 1]);
  equal.update();
  assert.equal(Array.from(equal.distances({ scale: 'mean' })), new Array(9).fill(0));
  assert.equal(Array.from(equal.distances({ scale: 'none' })), new Array(9).fill(0));
  assert.equal(Array.from(equal.distances({ scale: 'max' })), [0, 0, 1, 0, 0, 1, 1, 1, 0]);
  assert.equal(Array.from(equal.distances()), [0, 0, 1, 0, 0, 1, 1, 1, 0]);
});

test('a mean of many rows is as good as one of few', () => {
  const centroids = new ClassCentroids({ classes: 2, features: 1, normalize: 'none' });
  const rows = Float32Array.from({ length: 100_000 }, (_, i) => (i % 2 ? 0.1 : 0.3));
  const labels = new Uint8Array(rows.length);
  for (let batch = 0; batch < 30; batch++) centroids.accumulate(rows, labels);
  centroids.update();
  assert.is(centroids.centroids[0], Math.fround((Math.fround(0.1) + Math.fround(0.3)) / 2));
});

test('states go through JSON and structured clones to the last bit, and training goes on from them', () => {
  const random = new Random(seed);
  const first = randomSamples(5, 7, 20, random);
  const second = randomSamples(5, 7, 20, random);
  const centroids = new ClassCentroids({ classes: 5, features: 7, momentum: 0.25, normalize: 'l2' });
  centroids.accumulate(
    first.values,
    Int32Array.from(first.labels, (c) => c % 4),
  );
  centroids.update();
  centroids.accumulate(
    second.values,
    Int32Array.from(second.labels, (c) => c % 3),
  );
  const state = centroids.toState();
  const copies = [JSON.parse(JSON.stringify(state)), structuredClone(state)].map((copy) => {
    const restored = ClassCentroids.fromState(copy as CentroidState);
    assert.equal(restored.toState(), state);
    return restored;
  });
  for (const one of [centroids, ...copies]) {
    one.accumulate(second.values, second.labels as Int32Array);
    one.update();
  }
  for (const one of copies) {
    sameBits(one.centroids, centroids.centroids, 'centroids');
    sameBits(one.distances(), centroids.distances(), 'distances');
  }
});

test('workers that share an epoch: merged in any order, the sums of one run to the rounding of float64', async () => {
  const classes = 6;
  const features = 20;
  const { values, labels } = randomSamples(classes, features, 400, new Random(seed));
  const alone = new ClassCentroids({ classes, features });
  alone.accumulate(values, labels as Int32Array);
  const program = `
    const { workerData, parentPort } = require('node:worker_threads');
    const { ClassCentroids } = require(${JSON.stringify(join(__dirname, '../../lib/index.js'))});
    const centroids = new ClassCentroids({ classes: ${classes}, features: ${features} });
    centroids.accumulate(workerData.values, workerData.labels);
    parentPort.postMessage(centroids.toState());`;
  const states = await Promise.all(
    [0, 1, 2, 3].map(
      (part) =>
        new Promise<CentroidState>((resolve, reject) => {
          const workerData = {
            values: values.slice(part * 100 * features, (part + 1) * 100 * features),
            labels: Int32Array.from(labels).slice(part * 100, (part + 1) * 100),
          };
          new Worker(program, { eval: true, workerData }).on('message', resolve).on('error', reject);
        }),
    ),
  );
  const expected = alone.toState();
  for (const order of [states, states.slice().reverse()]) {
    const merged = new ClassCentroids({ classes, features });
    order.forEach((state, i) => {
      merged.merge(i % 2 ? ClassCentroids.fromState(state) : state);
    });
    const actual = merged.toState();
    assert.equal(actual.counts, expected.counts);
    close(actual.sums as number[], expected.sums as number[], 1e-14, 'sums');
  }
});

test('distances of points whose squares would overflow or vanish', () => {
  const random = new Random(seed);
  for (const [rows, features] of [
    [3, 2],
    [21, 37],
  ]) {
    const points = random.floats(rows * features, () => random.normal());
    const expected = pairwiseDistances(points, { rows });
    for (const exponent of [-100, -70, 60, 120]) {
      const scaledPoints = points.map((x) => x * 2 ** exponent);
      const distances = pairwiseDistances(scaledPoints, { rows });
      distances.forEach((d, i) => {
        const wanted = expected[i] * 2 ** exponent;
        assert.ok(
          Math.abs(d - wanted) <= 1e-6 * wanted,
          `2^${exponent}, ${rows} x ${features}, ${i}: ${d}, not ${wanted}`,
        );
      });
    }
  }
});

test('pairwise distances: exact differences, into an array or a new one', () => {
  // Far from the origin, close to each other: nothing cancels.
  const points = Float32Array.from({ length: 5 * 40 }, (_, i) => 1000 + Math.floor(i / 40) * 2 ** -10);
  const distances = pairwiseDistances(points, { rows: 5 });
  for (let i = 0; i < 5; i++) {
    for (let j = 0; j < 5; j++) {
      const expected = Math.abs(i - j) * 2 ** -10 * Math.sqrt(40);
      assert.ok(Math.abs(distances[i * 5 + j] - expected) <= 2e-6 * expected, `${i}, ${j}`);
    }
  }
  const out = new Float32Array(25);
  sameArray(pairwiseDistances(points, { rows: 5, out }), out);
  sameBits(out, distances, 'out');
});

test.run();
