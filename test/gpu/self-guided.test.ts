// The self-guided loss on a GPU beside the one on the CPU, and states that go from one to the other.
import * as assert from 'uvu/assert';
import { groundOnGpu } from '../../lib/distances/ground-on-gpu.js';
import {
  ClassCentroids,
  DeviceArray,
  EmdError,
  emdLoss,
  matrix,
  SelfGuidedEmd,
  type SelfGuidedState,
  Stream,
} from '../../lib/index.js';
import { Random } from '../../shared/oracle/random.js';
import { rejects, throws } from '../support/errors.js';
import { seed } from '../support/scale.js';
import { type Anything, floats, naming, show, wrongKinds, wrongNumbers } from '../support/wrong.js';
import { release } from './support/device-call.js';
import { gpuSuite } from './support/gpu.js';

const test = gpuSuite('self-guided loss on a GPU');

const C = 5;
const F = 7;
const ROWS = 12;

const LINE = Float32Array.from({ length: C * C }, (_, at) => Math.abs(Math.floor(at / C) - (at % C)));

function batchOf(random: Random) {
  const labels = Int32Array.from({ length: ROWS }, () => random.index(C));
  const logits = random.floats(ROWS * C, () => random.normal() * 2);
  const features = random.floats(ROWS * F, (i) =>
    Math.max(0, random.normal() + labels[Math.floor(i / F)] * ((i % F) / 3)),
  );
  return { labels, logits, features };
}

const near = (actual: number, expected: number, tolerance: number, what: string) => {
  const same = Number.isNaN(expected)
    ? Number.isNaN(actual)
    : Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected));
  assert.ok(same, `${what}: expected ${expected}, received ${actual}`);
};

for (const preset of ['xemd1', 'xemd2', 'energy'] as const) {
  for (const later of [false, true]) {
    test(`${preset}, ${later ? 'later' : 'at once'}: a schedule as on the CPU, in either order of places`, async () => {
      const random = new Random(seed);
      const options = {
        classes: C,
        features: F,
        startEpoch: 2,
        preset,
        scale: 'max' as const, // ranks jump where two distances are equal but for rounding
        classWeights: Float32Array.of(1, 2, 0.5, 1, 1),
        ignoreIndex: -1,
        ...(preset === 'energy' && { prior: LINE, priorWeight: 0.25 }),
      };
      const host = new SelfGuidedEmd(options);
      let device = new SelfGuidedEmd({ ...options, device: 0 });
      const stream = later ? new Stream() : undefined;
      if (preset === 'energy') {
        const { features, labels } = batchOf(random);
        const layer = DeviceArray.from(features);
        host.observe(features, labels);
        host.refresh();
        if (later) {
          await device.observeAsync(layer, labels, { stream });
          await device.refreshAsync({ stream });
        } else {
          device.observe(layer, labels);
          device.refresh();
        }
        release(layer);
      }
      for (let epoch = 0; epoch < 4; epoch++) {
        for (let step = 0; step < 3; step++) {
          const { labels, logits, features } = batchOf(random);
          labels[3] = -1;
          const sampleWeights = new Float32Array(ROWS).fill(1);
          sampleWeights[5] = 0;
          const expected = host.evaluate(logits, features, labels, { sampleWeights });
          const arrays = [logits, features].map((values) => DeviceArray.from(values));
          const [scores, layer] = arrays;
          const targets = step === 0 ? DeviceArray.from(labels) : labels;
          const weights = step === 1 ? DeviceArray.from(sampleWeights) : sampleWeights;
          const settings = { sampleWeights: weights, stream };
          const actual = later
            ? await device.evaluateAsync(scores, layer, targets, settings)
            : device.evaluate(scores, layer, targets, settings);
          const what = `epoch ${epoch}, step ${step}`;
          near(actual.loss, expected.loss, 1e-5, `${what}: loss`);
          near(actual.emd, expected.emd, 1e-5, `${what}: emd`);
          const gradient = (actual.gradient as DeviceArray).toHost() as Float32Array;
          gradient.forEach((g, i) => {
            near(g, (expected.gradient as Float32Array)[i], 1e-5, `${what}: gradient[${i}]`);
          });
          release(...arrays, targets, weights, actual.gradient);
        }
        host.endEpoch();
        device.endEpoch({ stream });
        near(device.emdWeight, host.emdWeight, 1e-4, `epoch ${epoch}: lambda`);
        (device.distances as Float32Array).forEach((d, i) => {
          near(d, (host.distances as Float32Array)[i], 1e-5, `distance ${i}`);
        });
        if (epoch !== 1) continue;
        const state = JSON.parse(JSON.stringify(device.toState())) as SelfGuidedState;
        assert.equal(SelfGuidedEmd.fromState(state).toState(), state);
        device = SelfGuidedEmd.fromState(state, { device: 0 });
      }
    });
  }
}

for (const [exponent, offset] of [
  [1, -0.5],
  [2, 0.25],
  [1.5, 0],
]) {
  test(`distances become costs on the GPU as on the CPU: exponent ${exponent}, offset ${offset}`, () => {
    const random = new Random(seed);
    const centroids = new ClassCentroids({ classes: C, features: F });
    const { labels, logits, features } = batchOf(random);
    centroids.accumulate(features, labels);
    centroids.update();
    const distances = centroids.distances();
    const onGpu = DeviceArray.from(distances);
    const stream = new Stream();
    const ground = groundOnGpu('matrix', onGpu, C, { exponent, offset }, stream);
    onGpu.fill(Number.NaN); // the costs are made by now
    const scores = DeviceArray.from(logits);
    const actual = emdLoss(scores, labels, { classes: C, groundDistance: ground, stream });
    const expected = emdLoss(logits, labels, {
      classes: C,
      groundDistance: matrix(distances, { exponent, offset }),
      device: 0,
    });
    near(actual.loss, expected.loss, 1e-6, 'loss');
    ((actual.gradient as DeviceArray).toHost() as Float32Array).forEach((g, i) => {
      near(g, (expected.gradient as Float32Array)[i], 1e-6, `gradient[${i}]`);
    });
    throws(
      () => emdLoss(logits, labels, { classes: C, groundDistance: ground }),
      EmdError,
      /on GPU 0 alone/,
      'on the CPU',
    );
    release(onGpu, scores, actual.gradient);
  });
}

test('distances that are asked for late are those of their epochs', () => {
  const random = new Random(seed);
  const options = { preset: 'matrix' as const, classes: C, features: F, device: 0 };
  const guided = new SelfGuidedEmd({ ...options, history: 'all' });
  const early: Float32Array[] = [];
  const both = [guided, new SelfGuidedEmd(options), new SelfGuidedEmd({ ...options, history: 2 })];
  for (let epoch = 0; epoch < 3; epoch++) {
    const { labels, logits, features } = batchOf(random);
    const arrays = [DeviceArray.from(logits), DeviceArray.from(features)] as const;
    for (const loss of both) {
      release(loss.evaluate(...arrays, labels).gradient);
      loss.endEpoch();
    }
    early.push(both[1].distances as Float32Array);
    release(...arrays);
  }
  assert.equal(guided.history, early);
  assert.equal(both[1].history, []);
  assert.equal(both[2].history, early.slice(1));
});

test('wrong arguments accumulate nothing', async () => {
  const guided = new SelfGuidedEmd({ preset: 'matrix', classes: 3, features: 2, device: 0 });
  const before = guided.toState();
  const logits = DeviceArray.from(floats(6));
  const features = DeviceArray.from(floats(4));
  const cases: [string, ReturnType<typeof wrongKinds>, (value: Anything) => [DeviceArray, DeviceArray, Anything]][] = [
    [
      'logits',
      [...wrongKinds(floats(6), null, {}), ...wrongNumbers(DeviceArray.from(floats(5)))],
      (value) => [value, features, [0, 1]],
    ],
    [
      'features',
      [...wrongKinds(floats(4), null), ...wrongNumbers(DeviceArray.from(floats(6)), DeviceArray.from(floats(3)))],
      (value) => [logits, value, [0, 1]],
    ],
    [
      'labels',
      [
        ...wrongKinds(null, {}),
        ...wrongNumbers([0], [0, 3], DeviceArray.from(Int32Array.of(0, 7)), DeviceArray.from(new Int32Array(3))),
      ],
      (value) => [logits, features, value],
    ],
  ];
  for (const [name, wrongs, call] of cases) {
    for (const { value, type } of wrongs) {
      throws(() => guided.evaluate(...call(value)), type, naming(name), `${name} ${show(value)}`);
      await rejects(() => guided.evaluateAsync(...call(value)), type, naming(name), `${name} ${show(value)}, later`);
    }
  }
  assert.equal(guided.toState(), before);
});

test.run();
