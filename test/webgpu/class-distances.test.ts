// Centroids and their distances on the device, beside ClassCentroids in host memory.
// runner: 15 s

import * as assert from 'uvu/assert';
import { ClassCentroids, type DistanceScale } from '../../lib/index.js';
import { type CentroidDistances, type GpuDevice, WebGpuCentroids } from '../../lib/webgpu.js';
import { Random } from '../../shared/oracle/random.js';
import { rejects, throws } from '../support/errors.js';
import { seed } from '../support/scale.js';
import type { Anything } from '../support/wrong.js';
import { webGpuSuite } from './support/device.js';
import { type Epoch, epochOf, type Shape } from './support/epoch.js';
import { floatsAt, upload } from './support/webgpu-call.js';

const test = webGpuSuite('distances of classes on WebGPU');

const SCALES = ['rank', 'max', 'mean', 'none'] as const satisfies readonly DistanceScale[];

/** Both sides, which are shown the same. */
class Sides {
  readonly host: ClassCentroids;
  readonly own: WebGpuCentroids;
  readonly #device: GpuDevice;

  constructor(device: GpuDevice, shape: Shape) {
    this.#device = device;
    this.host = new ClassCentroids(shape);
    this.own = new WebGpuCentroids(device, shape);
  }

  epoch({ features, labels }: Epoch): void {
    this.host.accumulate(features, labels);
    this.host.update();
    const encoder = this.#device.createCommandEncoder();
    const arrays = { features: upload(this.#device, features), targets: upload(this.#device, labels) };
    this.own.encode(encoder, { ...arrays, targetType: 'int32', rows: labels.length });
    this.own.encodeUpdate(encoder);
    this.#device.queue.submit([encoder.finish() as never]);
  }

  distances(options: Omit<CentroidDistances, 'distances'>, offset = 0): Promise<Float32Array> {
    const { classes } = this.host;
    const buffer = upload(this.#device, new Float32Array(classes ** 2 + 1).fill(7), offset);
    const encoder = this.#device.createCommandEncoder();
    this.own.encodeDistances(encoder, { ...options, distances: { buffer, offset } });
    this.#device.queue.submit([encoder.finish() as never]);
    return floatsAt(this.#device, buffer, offset, classes ** 2 + 1);
  }

  /** All scales: symmetric, 0 on the diagonal, nothing behind them touched, and what the host says. */
  async compare(what: string, tolerance = 2e-6): Promise<void> {
    const { classes } = this.host;
    const plain = await this.distances({ scale: 'none' });
    for (const [i, scale] of SCALES.entries()) {
      // Of distances that differ by a rounding only, the host may rank others first.
      const expected = scale === 'rank' ? this.#ranks(plain) : this.host.distances({ scale });
      const all = await this.distances({ scale }, 4 * i);
      assert.is(all[classes ** 2], 7, `${what}, ${scale}: behind the distances`);
      const largest = expected.reduce((a, b) => Math.max(a, b));
      for (const [at, d] of expected.entries()) {
        const [a, b] = [Math.floor(at / classes), at % classes];
        const place = `${what}, ${scale}, ${a}-${b}`;
        assert.ok(Math.abs(all[at] - d) <= tolerance * largest, `${place}: ${all[at]}, not ${d}`);
        assert.is(all[at], all[b * classes + a], place);
        if (a === b) assert.ok(Object.is(all[at], 0), place);
      }
    }
  }

  /** As mathematics has them. */
  #ranks(distances: Float32Array): Float32Array {
    const { classes, centroids } = this.host;
    const features = centroids.length / classes;
    const all = Array.from({ length: classes }, (_, c) => c);
    const present = all.filter((c) => centroids.subarray(c * features, (c + 1) * features).every(Number.isFinite));
    const between = (i: number, j: number) => distances[i * classes + j];
    const rank = (i: number, j: number) => present.filter((l) => between(i, l) < between(i, j)).length;
    return Float32Array.from({ length: classes ** 2 }, (_, at) => {
      const [i, j] = [Math.floor(at / classes), at % classes];
      if (i === j) return 0;
      if (!present.includes(i) || !present.includes(j)) return 1;
      return (rank(i, j) + rank(j, i)) / 2 / (classes - 1);
    });
  }
}

/** One row for each class, as it is. */
const rowsOf = (features: Float32Array, classes: number): Epoch => ({
  features,
  labels: Int32Array.from({ length: classes }, (_, c) => c),
});

for (const [normalize, momentum] of [
  ['l1', 0],
  ['l2', 0.7],
  ['none', 0.2],
] as const) {
  test(`${normalize}, momentum ${momentum}: three epochs, with classes that are missing`, async (device) => {
    const random = new Random(seed);
    for (const [classes, features] of [
      [2, 1],
      [7, 65],
      [33, 16],
      [70, 300],
    ]) {
      const shape = { classes, features, normalize, momentum };
      const sides = new Sides(device, shape);
      await sides.compare(`${classes} x ${features}, none`);
      for (const [epoch, leftOut] of [[1, 5, 69], [0, 5], []].entries()) {
        sides.epoch(epochOf(random, shape, 4 * classes, leftOut));
        await sides.compare(`${classes} x ${features}, epoch ${epoch}`);
      }
    }
  });
}

test('centroids are those of the host, and can be written to', async (device) => {
  const shape = { classes: 5, features: 9, momentum: 0.25 };
  const random = new Random(seed);
  const sides = new Sides(device, shape);
  for (let epoch = 0; epoch < 2; epoch++) sides.epoch(epochOf(random, shape, 30, [3]));
  const centroids = await floatsAt(device, sides.own.centroids, 0, 45);
  for (const [i, x] of sides.host.centroids.entries()) {
    if (Number.isNaN(x)) assert.ok(Number.isNaN(centroids[i]), `${i}: ${centroids[i]}`);
    else assert.ok(Math.abs(centroids[i] - x) < 1e-6, `${i}: ${centroids[i]}, not ${x}`);
  }
  const { own } = new Sides(device, shape);
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(sides.own.centroids, 0, own.centroids, 0, own.centroids.size);
  const [first, second] = [own, sides.own].map((from) => {
    const distances = upload(device, new Float32Array(25));
    from.encodeDistances(encoder, { distances });
    return distances;
  });
  device.queue.submit([encoder.finish() as never]);
  assert.equal(await floatsAt(device, first, 0, 25), await floatsAt(device, second, 0, 25));
});

test('ties, and equal centroids', async (device) => {
  for (const [classes, features] of [
    [4, 4],
    [9, 2],
    [66, 3],
  ]) {
    // On a grid, where many distances are equal, and some classes in the same place.
    const random = new Random(seed);
    const grid = random.floats(classes * features, () => random.index(3));
    grid.copyWithin(features, 0, features);
    const sides = new Sides(device, { classes, features, normalize: 'none' });
    sides.epoch(rowsOf(grid, classes));
    await sides.compare(`${classes} x ${features}`);
    const ranks = (await sides.distances({})).slice(0, classes ** 2);
    for (const [i, rank] of sides.host.distances().entries()) assert.ok(Math.abs(ranks[i] - rank) < 1e-6, `[${i}]`);
    const same = new Sides(device, { classes, features, normalize: 'none' });
    same.epoch(rowsOf(new Float32Array(classes * features).fill(0.3), classes));
    await same.compare(`${classes} in one place`);
  }
});

test('only one class has a centroid', async (device) => {
  const sides = new Sides(device, { classes: 4, features: 3 });
  sides.epoch({ features: Float32Array.of(1, 2, 3), labels: Int32Array.of(2) });
  await sides.compare('one');
});

test('a feature that is not finite takes the centroid of its class, until there is another', async (device) => {
  const sides = new Sides(device, { classes: 3, features: 2, momentum: 0.5 });
  sides.epoch({ features: Float32Array.of(1, 2, 3, 1, 0, 1), labels: Int32Array.of(0, 1, 2) });
  sides.epoch({ features: Float32Array.of(1, Number.NaN, 1, 4), labels: Int32Array.of(0, 1) });
  await sides.compare('spoilt');
  sides.epoch({ features: Float32Array.of(2, 3), labels: Int32Array.of(0) });
  await sides.compare('anew');
});

test('features near the ends of float32, and others far from them', async (device) => {
  const random = new Random(seed);
  for (const size of [1e-34, 1e-30, 1e-13, 1e15, 1e30, 1e37]) {
    for (const [classes, features] of [
      [3, 2],
      [35, 50],
    ]) {
      const values = random.floats(classes * features, () => size * random.normal());
      const sides = new Sides(device, { classes, features, normalize: 'none' });
      sides.epoch(rowsOf(values, classes));
      await sides.compare(`${classes} x ${features} of ${size}`);
    }
  }
  const apart = new Sides(device, { classes: 4, features: 1, normalize: 'none' });
  apart.epoch(rowsOf(Float32Array.of(1e-14, 3e-14, 1e12, 0), 4));
  const expected = apart.host.distances({ scale: 'none' });
  for (const [i, d] of (await apart.distances({ scale: 'none' })).slice(0, 16).entries()) {
    assert.ok(Math.abs(d - expected[i]) <= 1e-6 * expected[i], `[${i}]: ${d}, not ${expected[i]}`);
  }
});

test('as many features as two strides, of which sums keep their digits', async (device) => {
  const features = 100_001;
  const sides = new Sides(device, { classes: 2, features, normalize: 'none' });
  sides.epoch(rowsOf(new Float32Array(2 * features).fill(0.1, features), 2));
  const [, d] = await sides.distances({ scale: 'none' });
  const expected = Math.fround(0.1) * Math.sqrt(features);
  assert.ok(Math.abs(d / expected - 1) < 2e-7, `${d}, not ${expected}`);
});

test('as many pairs as two strides', async (device) => {
  const shape = { classes: 300, features: 2, normalize: 'none' } as const;
  const sides = new Sides(device, shape);
  const random = new Random(seed);
  sides.epoch(
    rowsOf(
      random.floats(600, () => random.index(100)),
      300,
    ),
  );
  await sides.compare('300');
});

test('as many tiles as two strides', async (device) => {
  const classes = 1450;
  const points = Float32Array.from({ length: classes }, (_, i) => (i * 7919) % 1451);
  const sides = new Sides(device, { classes, features: 1, normalize: 'none' });
  sides.epoch(rowsOf(points, classes));
  const distances = await sides.distances({ scale: 'none' });
  const wrong = points.findIndex((x, i) => points.some((y, j) => distances[i * classes + j] !== Math.abs(x - y)));
  assert.is(wrong, -1);
});

test('the factor is that of all distances', async (device) => {
  const sides = new Sides(device, { classes: 6, features: 4 });
  sides.epoch(epochOf(new Random(seed), { classes: 6, features: 4 }, 20, [2]));
  for (const scale of SCALES) {
    const plain = await sides.distances({ scale });
    const times = await sides.distances({ scale, factor: 4 });
    assert.equal(
      times.slice(0, 36),
      plain.slice(0, 36).map((d) => 4 * d),
      scale,
    );
  }
});

test('rows of no class are left out, and said at the next readback', async (device) => {
  const own = new WebGpuCentroids(device, { classes: 2, features: 1, normalize: 'none' });
  const encoder = device.createCommandEncoder();
  const arrays = {
    features: upload(device, Float32Array.of(1, 50, 3)),
    targets: upload(device, Int32Array.of(0, 2, 1)),
    targetType: 'int32',
    rows: 3,
  } as const;
  const distances = upload(device, new Float32Array(4));
  own.encode(encoder, arrays);
  own.encodeUpdate(encoder);
  own.encodeUpdate(encoder);
  own.encodeDistances(encoder, { distances, scale: 'none' });
  device.queue.submit([encoder.finish() as never]);
  assert.equal([...(await floatsAt(device, distances, 0, 4))], [0, 2, 2, 0]);
  await rejects(() => own.takePartial(), RangeError, /^targets: .* received "1 others"/);
  assert.equal([...(await own.takePartial())], [0, 0, 0, 0]);
});

test('errors name the argument', (device) => {
  const own = new WebGpuCentroids(device, { classes: 3, features: 2 });
  const good = upload(device, new Float32Array(9));
  const encoder = device.createCommandEncoder();
  const distances = (options: Anything) => () => own.encodeDistances(encoder, options);
  throws(distances({}), TypeError, /^distances: expected a GPUBuffer/);
  throws(distances({ distances: upload(device, new Float32Array(8)) }), RangeError, /^distances: expected 36 bytes/);
  throws(distances({ distances: { buffer: good, offset: 2 } }), RangeError, /^distances.offset: expected a multiple/);
  throws(distances({ distances: good, scale: 'min' }), TypeError, /^scale: expected 'rank'/);
  throws(distances({ distances: good, factor: -1 }), RangeError, /^factor: expected a finite/);
  throws(distances({ distances: good, factor: '2' }), TypeError, /^factor: expected a number/);
  throws(distances({ distances: good, out: good }), TypeError, /^out: expected one of the options/);
  throws(() => own.encodeUpdate({} as Anything), TypeError, /^encoder: expected a GPUCommandEncoder/);
  throws(() => own.encodeDistances({} as Anything, { distances: good }), TypeError, /^encoder: expected/);

  own.dispose();
  const gone = /has been disposed of/;
  throws(() => own.centroids, Error, gone);
  throws(() => own.encodeUpdate(encoder), Error, gone);
  throws(distances({ distances: good }), Error, gone);
});

test.run();
