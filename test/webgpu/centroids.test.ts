// Sums of features on WebGPU, beside ClassCentroids in host memory.
import * as assert from 'uvu/assert';
import { ClassCentroids } from '../../lib/index.js';
import { type GpuDevice, WebGpuCentroids } from '../../lib/webgpu.js';
import { Random } from '../../shared/oracle/random.js';
import { rejects, throws } from '../support/errors.js';
import { seed } from '../support/scale.js';
import type { Anything } from '../support/wrong.js';
import { counting } from './support/counting.js';
import { webGpuSuite } from './support/device.js';
import { upload } from './support/webgpu-call.js';

const test = webGpuSuite('class centroids on WebGPU');

type Normalize = 'l1' | 'l2' | 'none';
interface Batch {
  features: Float32Array;
  labels: Int32Array;
}

const IGNORED = -7;

function batchOf(random: Random, rows: number, width: number, classes: number): Batch {
  const features = random.floats(rows * width, () => 3 * random.normal());
  features.fill(0, 0, width); // a row of zeros stays one
  const labels = Int32Array.from({ length: rows }, () => (random.uniform() < 0.2 ? IGNORED : random.index(classes)));
  return { features, labels };
}

function submit(device: GpuDevice, sums: WebGpuCentroids, arrays: object): void {
  const encoder = device.createCommandEncoder();
  sums.encode(encoder, arrays as Anything);
  device.queue.submit([encoder.finish() as never]);
}

function near(actual: Float64Array, expected: Float64Array, numbers: number, what: string): void {
  assert.is(actual.length, expected.length);
  const largest = Math.max(
    ...expected
      .slice(0, numbers)
      .filter((x) => !Number.isNaN(x))
      .map(Math.abs),
  );
  expected.forEach((value, i) => {
    const same =
      i < numbers && !Number.isNaN(value) ? Math.abs(actual[i] - value) <= 1e-6 * largest : Object.is(actual[i], value);
    assert.ok(same, `${what}[${i}]: ${actual[i]}, not ${value}`);
  });
}

for (const normalize of ['l1', 'l2', 'none'] as const satisfies Normalize[]) {
  test(`${normalize}: several batches, class indices and one-hot rows, anywhere in buffers`, async (device) => {
    const random = new Random(seed);
    for (const [classes, width] of [
      [2, 1],
      [7, 65],
      [20, 200],
    ]) {
      const host = new ClassCentroids({ classes, features: width, normalize });
      const sums = new WebGpuCentroids(device, { classes, features: width, normalize, ignoreIndex: IGNORED });
      for (const [i, rows] of [1, 33, 100].entries()) {
        const { features, labels } = batchOf(random, rows, width, classes);
        host.accumulate(features, labels, { ignoreIndex: IGNORED });
        const offset = 4 * i;
        const oneHot = new Float32Array(rows * classes);
        for (const [b, label] of labels.entries()) if (label !== IGNORED) oneHot[b * classes + label] = 2;
        const targets = i === 1 ? oneHot : labels;
        submit(device, sums, {
          features: { buffer: upload(device, features, offset), offset },
          targets: { buffer: upload(device, targets, 8, 12), offset: 8 },
          targetType: i === 1 ? 'distribution' : 'int32',
          rows,
        });
      }
      near(await sums.takePartial(), host.partial, classes * width, `${classes} x ${width}`);
      near(await sums.takePartial(), new Float64Array(classes * width + classes), 0, 'taken');
    }
  });
}

test('a feature that is not finite spoils the centroid of its class, and no other', async (device) => {
  const features = Float32Array.of(1, 2, 3, Number.NaN, 5, 6, Infinity, 1, 4, 4);
  const labels = Int32Array.of(0, 1, 2, 2, 0);
  const host = new ClassCentroids({ classes: 3, features: 2 });
  host.accumulate(features, labels);
  const sums = new WebGpuCentroids(device, { classes: 3, features: 2 });
  submit(device, sums, {
    features: upload(device, features),
    targets: upload(device, labels),
    targetType: 'int32',
    rows: 5,
  });
  const partial = await sums.takePartial();
  near(partial, host.partial, 6, 'sums');
  const centroids = new ClassCentroids({ classes: 3, features: 2 });
  centroids.setPartial(partial);
  centroids.update();
  host.update();
  const distances = centroids.distances({ scale: 'max' });
  for (const [i, d] of host.distances({ scale: 'max' }).entries()) {
    assert.ok(Math.abs(distances[i] - d) < 1e-6, `distances[${i}]: ${distances[i]}, not ${d}`);
  }
});

test('features near the ends of float32 are normalized like any others', async (device) => {
  const features = Float32Array.of(3e38, 3e38, 2e38, 0, 1e38, 2e38, 1e-37, 1e-37);
  const labels = Int32Array.of(0, 1, 2, 3);
  for (const normalize of ['l1', 'l2'] as const) {
    const host = new ClassCentroids({ classes: 4, features: 2, normalize });
    host.accumulate(features, labels);
    const sums = new WebGpuCentroids(device, { classes: 4, features: 2, normalize });
    submit(device, sums, {
      features: upload(device, features),
      targets: upload(device, labels),
      targetType: 'int32',
      rows: 4,
    });
    near(await sums.takePartial(), host.partial, 8, normalize);
  }
});

test('many rows: sums keep their digits', async (device) => {
  const rows = 4000;
  const features = new Float32Array(rows * 2).fill(0.1);
  features.fill(3, 0, 2);
  const sums = new WebGpuCentroids(device, { classes: 2, features: 2, normalize: 'none' });
  const arrays = {
    features: upload(device, features),
    targets: upload(device, new Int32Array(rows)),
    targetType: 'int32',
    rows,
  };
  for (let i = 0; i < 25; i++) submit(device, sums, arrays);
  const [sum, , , , count] = await sums.takePartial();
  const expected = 25 * (3 + (rows - 1) * Math.fround(0.1));
  assert.is(count, 25 * rows);
  assert.ok(Math.abs(sum / expected - 1) < 1e-7, `${sum}, not ${expected}`);
});

test('rows that are of no class are an error at the end, after which the sums begin anew', async (device) => {
  const sums = new WebGpuCentroids(device, { classes: 3, features: 2 });
  const features = upload(device, new Float32Array(8).fill(1));
  submit(device, sums, { features, targets: upload(device, Int32Array.of(0, 3, -1, 2)), targetType: 'int32', rows: 4 });
  await rejects(
    () => sums.takePartial(),
    RangeError,
    /^targets: expected class indices in 0..2 or one-hot rows, received "2 others"/,
  );
  const soft = upload(device, Float32Array.of(0.5, 0.5, 0, 0, 1, 0));
  submit(device, sums, { features, targets: soft, targetType: 'distribution', rows: 2 });
  await rejects(() => sums.takePartial(), RangeError, /^targets: .* received "1 others"/);
  near(await sums.takePartial(), new Float64Array(9), 0, 'anew');
});

test('a batch makes no buffers but the first, and reads nothing back', (plain) => {
  const { device, counts } = counting(plain);
  const sums = new WebGpuCentroids(device, { classes: 3, features: 2 });
  const arrays = {
    features: upload(device, new Float32Array(8)),
    targets: upload(device, new Int32Array(4)),
    targetType: 'int32',
    rows: 4,
  };
  submit(device, sums, arrays);
  const { buffers, pipelines } = counts;
  submit(device, sums, arrays);
  assert.equal(
    [counts.buffers, counts.pipelines, counts.maps, counts.copies, counts.dispatches],
    [buffers, pipelines, 0, 0, 4],
  );
});

test('errors name the argument', (device) => {
  const make = (options: Anything) => () => new WebGpuCentroids(device, options);
  throws(make({ classes: 1, features: 2 }), RangeError, /^classes: expected an integer/);
  throws(make({ classes: 2, features: 2 ** 30 }), RangeError, /^features: expected an integer in 1../);
  throws(make({ classes: 2 ** 24, features: 1 }), RangeError, /^classes: expected as many as/);
  throws(make({ classes: 2, features: 2, normalize: 'l3' }), TypeError, /^normalize: expected 'l1'/);
  throws(make({ classes: 2, features: 2, momentum: 1 }), RangeError, /^momentum: expected a number in \[0, 1\)/);
  throws(make({ classes: 2, features: 2, scale: 'max' }), TypeError, /^scale: expected one of the options/);
  const sums = new WebGpuCentroids(device, { classes: 2, features: 2 });
  const good = {
    features: upload(device, new Float32Array(8)),
    targets: upload(device, new Int32Array(4)),
    targetType: 'int32',
    rows: 4,
  };
  const encode = (change: object) => () =>
    sums.encode(device.createCommandEncoder(), { ...good, ...change } as Anything);
  throws(
    encode({ rows: 5 }),
    RangeError,
    /^features: expected 40 bytes \(4 for each of 5 rows and 2 features\), received 32/,
  );
  throws(encode({ targetType: 'int8' }), TypeError, /^targetType: expected 'int32'/);
  throws(encode({ features: new Float32Array(8) }), TypeError, /^features: expected a GPUBuffer/);
  throws(encode({ gradient: good.features }), TypeError, /^gradient: expected one of the options/);
  sums.dispose();
  throws(encode({}), Error, /has been disposed of/);
});

test.run();
