// Class centroids on a GPU beside those of the CPU: sums, centroids and distances, with labels of every kind wherever they are.
import * as assert from 'uvu/assert';
import {
  type CentroidState,
  ClassCentroids,
  DeviceArray,
  type DistanceScale,
  type FeatureNorm,
  Stream,
} from '../../lib/index.js';
import { Random } from '../../shared/oracle/random.js';
import { sameBits } from '../support/bits.js';
import { close, closeRanks, keptCentroids } from '../support/check-centroids.js';
import { rejects, throws } from '../support/errors.js';
import { scaled, seed } from '../support/scale.js';
import { type Anything, everyWrong, floats, wrongKinds, wrongNumbers } from '../support/wrong.js';
import { release } from './support/device-call.js';
import { gpuSuite, twoGpus } from './support/gpu.js';

const test = gpuSuite('class centroids on a GPU');

const SCALES: DistanceScale[] = ['rank', 'max', 'mean', 'none'];
const NORMS: FeatureNorm[] = ['l1', 'l2', 'none'];
const bring = (array: DeviceArray) => array.toHost() as Float32Array;

function batchOf(classes: number, features: number, rows: number, random: Random) {
  const labels = Int32Array.from({ length: rows }, () => random.index(classes));
  const values = random.floats(rows * features, (i) =>
    Math.max(0, random.normal() + labels[Math.floor(i / features)] / (1 + (i % 5))),
  );
  return { labels, values };
}

test('sizes that fill no block, over epochs, as on the CPU', () => {
  const random = new Random(seed);
  for (const [classes, features, rows] of scaled(
    [
      [2, 1, 3],
      [5, 7, 40],
      [9, 257, 30],
      [70, 33, 600],
    ],
    [
      [130, 300, 1000],
      [3, 1000, 20],
    ],
  )) {
    for (const normalize of NORMS) {
      const options = { classes, features, normalize, momentum: 0.5 };
      const host = new ClassCentroids(options);
      const device = new ClassCentroids({ ...options, device: 0 });
      for (let epoch = 0; epoch < 3; epoch++) {
        for (let step = 0; step < 2; step++) {
          const { values, labels } = batchOf(classes, features, rows, random);
          // The last class has no sample in the first epoch, and some rows are ignored.
          const counted = labels.map((label) => (epoch === 0 && label === classes - 1 ? -5 : label));
          host.accumulate(values, counted, { ignoreIndex: -5 });
          const array = DeviceArray.from(values);
          device.accumulate(step === 0 ? array : values, step === 0 ? DeviceArray.from(counted) : counted, {
            ignoreIndex: -5,
          });
          release(array);
        }
        const what = `${classes} x ${features}, ${rows} rows, ${normalize}, epoch ${epoch}`;
        sameBits(new Float32Array(device.counts), new Float32Array(host.counts), `${what}: counts`);
        close(device.toState().sums as number[], host.toState().sums as number[], 1e-13, `${what}: sums`);
        host.update();
        device.update();
        close(device.centroids, host.centroids, 2e-7, `${what}: centroids`);
        for (const scale of SCALES) {
          const result = device.distances({ scale });
          if (scale === 'rank') closeRanks(bring(result), keptCentroids(device.centroids, features), `${what}: rank`);
          else close(bring(result), host.distances({ scale }), 3e-6, `${what}: ${scale}`);
          release(result);
        }
      }
    }
  }
});

test('ranks are exact where distances differ', () => {
  const options = { classes: 6, features: 1, normalize: 'none' } as const;
  const places = Float32Array.of(0, 1, 3, 7, 15, 31);
  const host = new ClassCentroids(options);
  const device = new ClassCentroids({ ...options, device: 0 });
  for (const one of [host, device]) {
    one.accumulate(places, [0, 1, 2, 3, 4, 5]);
    one.update();
  }
  sameBits(bring(device.distances()), host.distances(), 'ranks');
});

test('labels of every type, on either side', () => {
  const { values, labels } = batchOf(4, 3, 50, new Random(seed));
  const sums = (given: Anything) => {
    const centroids = new ClassCentroids({ classes: 4, features: 3, device: 0 });
    centroids.accumulate(values, given);
    return centroids.toState();
  };
  const expected = sums(labels);
  for (const Type of [Uint8Array, Uint16Array, Uint32Array]) assert.equal(sums(Type.from(labels)), expected);
  assert.equal(sums(BigInt64Array.from(Array.from(labels), BigInt)), expected);
  assert.equal(sums(Array.from(labels)), expected);
  assert.equal(sums(DeviceArray.from(labels)), expected);
  assert.equal(sums(DeviceArray.from(Uint8Array.from(labels))), expected);
  assert.equal(sums(DeviceArray.from(BigInt64Array.from(Array.from(labels), BigInt))), expected);
});

test('a feature that is not finite spoils the centroid of its class and no other', () => {
  for (const normalize of NORMS) {
    const centroids = new ClassCentroids({ classes: 3, features: 2, normalize, device: 0 });
    centroids.accumulate(Float32Array.of(1, 2, 3, Infinity, 5, 1), [0, 1, 2]);
    centroids.update();
    assert.equal(Array.from(centroids.centroids, Number.isNaN), [false, false, true, true, false, false]);
    const distances = bring(centroids.distances({ scale: 'max' }));
    assert.equal(Array.from(distances), [0, 1, 1, 1, 0, 1, 1, 1, 0]);
  }
});

test('no centroids, and equal ones', () => {
  const none = new ClassCentroids({ classes: 3, features: 2, device: 0 });
  for (const scale of SCALES) assert.equal(Array.from(bring(none.distances({ scale }))), [0, 1, 1, 1, 0, 1, 1, 1, 0]);
  none.accumulate(Float32Array.of(1, 1, 2, 2), [0, 1]);
  none.update();
  assert.equal(Array.from(bring(none.distances({ scale: 'mean' }))), new Array(9).fill(0));
  assert.equal(Array.from(bring(none.distances({ scale: 'max' }))), [0, 0, 1, 0, 0, 1, 1, 1, 0]);
});

test('a label on the GPU that is no class is left out, and the update says so', async () => {
  const centroids = new ClassCentroids({ classes: 3, features: 1, device: 0 });
  const wrong = DeviceArray.from(Int32Array.of(0, 1, 9, -1));
  centroids.accumulate(floats(4).fill(2), wrong);
  assert.equal(Array.from(centroids.counts), [1, 1, 0]);
  throws(() => centroids.update(), RangeError, /^labels: expected class indices in 0\.\.2 .* row 2 of one had none/);
  centroids.accumulate(floats(4).fill(2), wrong);
  await rejects(() => centroids.updateAsync(), RangeError, /^labels: /);
  centroids.accumulate(floats(1).fill(2), [2]);
  centroids.update();
  assert.equal(Array.from(centroids.centroids), [1, 1, 1]);
});

test('states go from one place to the other, and merge', () => {
  const { values, labels } = batchOf(4, 3, 50, new Random(seed));
  const device = new ClassCentroids({ classes: 4, features: 3, device: 0 });
  device.accumulate(values, labels);
  device.update();
  device.accumulate(values, labels);
  const state = JSON.parse(JSON.stringify(device.toState())) as CentroidState;
  const host = ClassCentroids.fromState(state);
  assert.equal(host.toState(), device.toState());
  assert.equal(ClassCentroids.fromState(state, { device: 0 }).toState(), state);
  host.merge(device);
  device.merge(state);
  assert.equal(host.toState(), device.toState());
});

test('on a stream, into an array, and later', async () => {
  const { values, labels } = batchOf(4, 3, 50, new Random(seed));
  const host = new ClassCentroids({ classes: 4, features: 3 });
  host.accumulate(values, labels);
  host.update();
  const stream = new Stream();
  const device = new ClassCentroids({ classes: 4, features: 3, device: 0 });
  const out = DeviceArray.allocate('float32', 16, { stream });
  const copy = values.slice();
  const adding = device.accumulateAsync(copy, labels, { stream });
  copy.fill(Number.NaN);
  await adding;
  await device.updateAsync({ stream });
  assert.is(await device.distancesAsync({ out, stream, scale: 'none' }), out);
  close(bring(out), host.distances({ scale: 'none' }), 3e-6, 'distances');
});

test('wrong arguments add nothing', () => {
  const centroids = new ClassCentroids({ classes: 3, features: 2, device: 0 });
  const before = centroids.toState();
  const onDevice = DeviceArray.from(floats(4));
  everyWrong(
    [
      ...wrongKinds(null, {}, 1, new Float64Array(4), DeviceArray.allocate('float16', 4)),
      ...wrongNumbers(floats(3), DeviceArray.from(floats(5))),
    ],
    'features',
    (value) => centroids.accumulate(value, [0, 1]),
  );
  everyWrong(
    [
      ...wrongKinds(null, {}, floats(2), DeviceArray.from(floats(2))),
      ...wrongNumbers([0], [0, 3], [0, -1], DeviceArray.from(new Int32Array(3))),
    ],
    'labels',
    (value) => centroids.accumulate(onDevice, value),
  );
  everyWrong(wrongKinds(null, 1, {}), 'stream', (stream) => centroids.accumulate(onDevice, [0, 1], { stream }));
  everyWrong(
    [
      ...wrongKinds(floats(9), null, {}, DeviceArray.allocate('float16', 9)),
      ...wrongNumbers(DeviceArray.allocate('float32', 8)),
    ],
    'out',
    (out) => centroids.distances({ out }),
  );
  assert.equal(centroids.toState(), before);
  const host = new ClassCentroids({ classes: 3, features: 2 });
  everyWrong(wrongKinds(onDevice), 'features', (value) => host.accumulate(value, [0, 1]));
  everyWrong(wrongKinds(DeviceArray.from(new Int32Array(2))), 'labels', (value) => host.accumulate(floats(4), value));
  everyWrong(wrongKinds(new Stream()), 'stream', (stream) => host.accumulate(floats(4), [0, 1], { stream }));
  everyWrong(wrongKinds(DeviceArray.allocate('float32', 9)), 'out', (out) => host.distances({ out }));
});

test(
  'memory of another GPU',
  () => {
    const centroids = new ClassCentroids({ classes: 3, features: 2, device: 1 });
    throws(
      () => centroids.accumulate(DeviceArray.from(floats(4)), [0, 1]),
      RangeError,
      /^features: expected memory of GPU 1/,
    );
    centroids.accumulate(floats(4).fill(1), [0, 1]);
    centroids.update();
    assert.is(centroids.distances().device, 1);
  },
  twoGpus,
);

test.run();
