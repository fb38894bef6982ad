// A loss whose distances lie in a buffer, given or learned on the device, without a readback.
// runner: 10 s

import * as assert from 'uvu/assert';
import { energy, matrix, SelfGuidedEmd } from '../../lib/index.js';
import { type GpuDevice, WebGpuCentroids, WebGpuEmdLoss } from '../../lib/webgpu.js';
import { Random } from '../../shared/oracle/random.js';
import { throws } from '../support/errors.js';
import { seed } from '../support/scale.js';
import type { Anything } from '../support/wrong.js';
import { counting } from './support/counting.js';
import { webGpuSuite } from './support/device.js';
import { epochOf } from './support/epoch.js';
import { floatsAt, upload } from './support/webgpu-call.js';

const test = webGpuSuite('distances in buffers on WebGPU');

const GROUNDS = {
  energy: (distances: Float32Array) => energy(distances, { indefinite: true }),
  'energy, exponent 0.5': (distances: Float32Array) => energy(distances, { exponent: 0.5, indefinite: true }),
  'energy, exponent 1.3': (distances: Float32Array) => energy(distances, { exponent: 1.3, indefinite: true }),
  matrix: (distances: Float32Array) => matrix(distances),
  xemd1: (distances: Float32Array) => matrix(distances, 'xemd1'),
  xemd2: (distances: Float32Array) => matrix(distances, 'xemd2'),
  'matrix, exponent 3': (distances: Float32Array) => matrix(distances, { exponent: 3, offset: 0.1 }),
} as const;

/** Numbers of a loss's call, and where its outputs are. */
function callOf(
  device: GpuDevice,
  random: Random,
  classes: number,
  rows: number,
  targetType: 'int32' | 'distribution',
) {
  const targets =
    targetType === 'int32'
      ? Int32Array.from({ length: rows }, () => random.index(classes))
      : random.floats(rows * classes, () => random.uniform());
  return {
    predictions: upload(
      device,
      random.floats(rows * classes, () => 2 * random.normal()),
    ),
    targets: upload(device, targets),
    targetType,
    rows,
    gradient: upload(device, new Float32Array(rows * classes)),
    losses: upload(device, new Float32Array(rows)),
  };
}

type Call = ReturnType<typeof callOf>;

async function outputsOf(device: GpuDevice, { rows, gradient, losses }: Call, classes: number) {
  return [await floatsAt(device, losses, 0, rows), await floatsAt(device, gradient, 0, rows * classes)];
}

function near(actual: Float32Array[], expected: Float32Array[], what: string): void {
  for (const [i, values] of expected.entries()) {
    const largest = Math.max(...values.map(Math.abs));
    assert.ok(largest > 0, what);
    for (const [at, x] of values.entries()) {
      assert.ok(Math.abs(actual[i][at] - x) <= 3e-6 * largest, `${what}, ${i}[${at}]: ${actual[i][at]}, not ${x}`);
    }
  }
}

for (const [name, make] of Object.entries(GROUNDS)) {
  test(`${name}: distances in a buffer are those of the host`, async (device) => {
    const random = new Random(seed);
    for (const classes of [2, 9, 70]) {
      const places = random.floats(classes, () => 10 ** random.between(-2, 1));
      const distances = random.floats(classes ** 2, (i) =>
        Math.abs(places[i % classes] - places[Math.floor(i / classes)]),
      );
      const classWeights = random.floats(classes, () => random.between(0.5, 2));
      const options = { classes, classWeights };
      const call = callOf(device, random, classes, 5, classes === 9 ? 'distribution' : 'int32');
      const loss = new WebGpuEmdLoss(device, { ...options, groundDistance: make(distances) });
      await loss.evaluate(call);
      const expected = await outputsOf(device, call, classes);

      loss.groundDistance = make(new Float32Array(classes ** 2));
      const encoder = device.createCommandEncoder();
      loss.encodeGroundDistance(encoder, { buffer: upload(device, distances, 12), offset: 12 });
      loss.encode(encoder, call);
      device.queue.submit([encoder.finish() as never]);
      near(await outputsOf(device, call, classes), expected, `${classes} classes`);
      loss.dispose();
    }
  });
}

test('powers of distances of all sizes', async (device) => {
  // The cost of a prediction that is one class, whose target is another, is the number itself.
  const distances = Float32Array.of(
    1e-30,
    3e-12,
    0.0071,
    Math.SQRT1_2,
    0.99999994,
    1,
    Math.SQRT2,
    2,
    97.3,
    4e9,
    1e24,
    0,
  );
  for (const exponent of [1e-320, 0.3, 0.5, 1.5, 1.9999, 1e300]) {
    for (const d of distances) {
      const expected = d ** exponent;
      if (expected > 1e38 || (expected < 1e-37 && d > 0)) continue;
      const loss = new WebGpuEmdLoss(device, {
        classes: 2,
        input: 'probabilities',
        normalization: 'sum',
        power: 1,
        groundDistance: matrix([0, 1, 1, 0], { exponent }),
      });
      const losses = upload(device, new Float32Array(1));
      const encoder = device.createCommandEncoder();
      loss.encodeGroundDistance(encoder, upload(device, Float32Array.of(0, d, d, 0)));
      const arrays = { predictions: upload(device, Float32Array.of(0, 1)), targets: upload(device, new Int32Array(1)) };
      loss.encode(encoder, { ...arrays, targetType: 'int32', rows: 1, losses });
      device.queue.submit([encoder.finish() as never]);
      const [value] = await floatsAt(device, losses, 0, 1);
      assert.ok(Math.abs(value - expected) <= 1e-6 * expected, `${d} ** ${exponent}: ${value}, not ${expected}`);
      loss.dispose();
    }
  }
});

test('calls that are recorded before have the distances before, those after a new ground distance have that', async (device) => {
  const random = new Random(seed);
  const [first, second] = [Float32Array.of(0, 1, 1, 0), Float32Array.of(0, 3, 3, 0)];
  const loss = new WebGpuEmdLoss(device, { classes: 2, groundDistance: energy(first) });
  const { groundDistance } = loss;
  const call = callOf(device, random, 2, 1, 'int32');
  const outs = Array.from({ length: 3 }, () => upload(device, new Float32Array(1)));
  const encoder = device.createCommandEncoder();
  loss.encode(encoder, { ...call, losses: outs[0] });
  loss.encodeGroundDistance(encoder, upload(device, second));
  assert.is(loss.groundDistance, groundDistance);
  loss.encode(encoder, { ...call, losses: outs[1] });
  loss.groundDistance = energy(first);
  loss.encode(encoder, { ...call, losses: outs[2] });
  device.queue.submit([encoder.finish() as never]);
  const [before, between, after] = await Promise.all(outs.map(async (out) => (await floatsAt(device, out, 0, 1))[0]));
  assert.is(after, before);
  assert.ok(Math.abs(between / before - 3) < 1e-6, `${between}, not three times ${before}`);
});

test('a self-guided loop has the losses and gradients of SelfGuidedEmd, and reads nothing back', async (plain) => {
  const { device, counts } = counting(plain);
  const random = new Random(seed);
  const [classes, features, rows] = [6, 11, 24];
  const shape = { classes, features };
  const guided = new SelfGuidedEmd(shape);
  const groundDistance = energy(new Float32Array(classes ** 2)); // with which E is 0
  const loss = new WebGpuEmdLoss(device, { classes, crossEntropyWeight: 1, emdWeight: 3, groundDistance });
  const centroids = new WebGpuCentroids(device, shape);
  const distances = upload(device, new Float32Array(classes ** 2));
  const steps: { call: Call; expected: Float32Array[] }[] = [];
  for (let epoch = 0; epoch < 3; epoch++) {
    for (let batch = 0; batch < 2; batch++) {
      const { features: layer, labels } = epochOf(random, shape, rows);
      const logits = random.floats(rows * classes, () => 2 * random.normal());
      const { losses, gradient } = guided.evaluate(logits, layer, labels, { losses: true });
      const targets = upload(device, labels);
      const call = { ...callOf(device, random, classes, rows, 'int32'), predictions: upload(device, logits), targets };
      const encoder = device.createCommandEncoder();
      loss.encode(encoder, call);
      centroids.encode(encoder, { features: upload(device, layer), targets, targetType: 'int32', rows });
      device.queue.submit([encoder.finish() as never]);
      steps.push({ call, expected: [losses, gradient] });
    }
    guided.endEpoch();
    const encoder = device.createCommandEncoder();
    centroids.encodeUpdate(encoder);
    centroids.encodeDistances(encoder, { distances, scale: 'max', factor: classes - 1 });
    loss.encodeGroundDistance(encoder, distances);
    device.queue.submit([encoder.finish() as never]);
  }
  assert.equal([counts.maps, counts.copies], [0, 0]);
  for (const [i, { call, expected }] of steps.entries()) {
    near(await outputsOf(device, call, classes), expected, `step ${i}`);
  }
});

test('a second epoch makes neither buffers nor pipelines', (plain) => {
  const { device, counts } = counting(plain);
  const own = new WebGpuCentroids(device, { classes: 3, features: 2, momentum: 0.5 });
  const loss = new WebGpuEmdLoss(device, { classes: 3, groundDistance: energy(new Float32Array(9)) });
  const distances = upload(device, new Float32Array(9));
  const encoder = device.createCommandEncoder();
  const refresh = () => {
    own.encodeUpdate(encoder);
    own.encodeDistances(encoder, { distances });
    loss.encodeGroundDistance(encoder, distances);
  };
  refresh();
  const { buffers, pipelines, dispatches } = counts;
  refresh();
  assert.equal([counts.buffers, counts.pipelines, counts.dispatches], [buffers, pipelines, 2 * dispatches]);
  assert.is(dispatches, 7);
});

test('errors name the argument', (device) => {
  const loss = new WebGpuEmdLoss(device, { classes: 3, groundDistance: matrix(new Float32Array(9)) });
  const good = upload(device, new Float32Array(9));
  const encoder = device.createCommandEncoder();
  throws(() => loss.encodeGroundDistance({} as Anything, good), TypeError, /^encoder: expected/);
  throws(() => loss.encodeGroundDistance(encoder, undefined as Anything), TypeError, /^distances: expected/);
  const short = { buffer: good, size: 32 };
  throws(() => loss.encodeGroundDistance(encoder, short), RangeError, /^distances: expected 36 bytes/);
  loss.groundDistance = { kind: 'ordered' };
  throws(
    () => loss.encodeGroundDistance(encoder, good),
    RangeError,
    /^groundDistance: expected an energy or a matrix.*received "ordered"/,
  );

  loss.dispose();
  throws(() => loss.encodeGroundDistance(encoder, good), Error, /has been disposed of/);
});

test.run();
