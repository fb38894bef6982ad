// Rows of distributions that are class indices, several classes, nothing, or no masses at all: two launches share such a batch, and
// neither may show in the other's rows.
// runner: 15 s
import * as assert from 'uvu/assert';
import { DeviceArray, emdLoss, Graph, Stream } from '../../lib/index.js';
import { HALVES } from '../../shared/half.js';
import { optionsOf, predictionsOf, targetsOf } from '../../shared/oracle/call.js';
import type { Problem } from '../../shared/oracle/oracle.js';
import {
  type Description,
  type GroundName,
  isMatrix,
  layOut,
  makeProblem,
  PLAIN,
  powersOf,
} from '../../shared/oracle/problems.js';
import { Random } from '../../shared/oracle/random.js';
import { sameBits } from '../support/bits.js';
import { checkResult, gradientRow } from '../support/check.js';
import { byTurns, scaled, seed } from '../support/scale.js';
import { evaluateOnDevice, release } from './support/device-call.js';
import { gpuSuite, isEmulator, status } from './support/gpu.js';

const test = gpuSuite('rows of targets on a GPU');

const GROUNDS: GroundName[] = [
  'ordered',
  'ordered-gaps',
  'circular',
  'circular-gaps',
  'tree-random',
  'matrix',
  'energy',
];

/** Every kernel of distributions and of class indices. */
function descriptions(): Description[] {
  const all: Description[] = [];
  for (const most of scaled([2, 8, 16, 32, 33, 600], [2, 3, 8, 16, 17, 32, 33, 64, 100, 129, 600, 1600])) {
    for (const ground of GROUNDS) {
      if (isMatrix(ground) && most > 600) continue;
      // All pairs of more classes take their time.
      const classes = isMatrix(ground) ? Math.min(most, scaled(150, 600)) : most;
      for (const power of powersOf(ground)) {
        for (const input of ['logits', 'probabilities'] as const) {
          for (const inner of classes > 100 ? (['none'] as const) : (['none', 'some'] as const)) {
            const plain = { ...PLAIN, rows: 35, mix: 'both', mood: 'calm', reduction: 'none' } as const;
            const weights = all.length % 2 ? 'none' : 'both';
            all.push({ ...plain, classes, ground, power, input, inner, weights });
          }
        }
      }
    }
  }
  return all;
}

/** A single positive entry of any size is that class. */
const MASSES = [1, 0.996, 3, 2 ** -149, 3e38];
const oneHot = (classes: number, k: number, b: number) =>
  new Float32Array(classes).fill(MASSES[b % MASSES.length], k, k + 1);

const withTargets = ({ ignoreIndex, ...problem }: Problem, rows: Float32Array[]): Problem => ({
  ...problem,
  targets: { kind: 'distribution', values: layOut(rows, problem.classes, problem.inner) },
});

test('one-hot rows and rows of zeros have the bits of class indices, some of which are ignored', () => {
  for (const [i, description] of descriptions().entries()) {
    for (const reduction of byTurns(i, ['mean', 'sum'] as const)) {
      const byIndex = makeProblem({ ...description, reduction, ignore: true }, seed);
      const { classes, targets } = byIndex;
      const rows = Array.from(targets.values, (label, b) =>
        label < 0 ? new Float32Array(classes) : oneHot(classes, Number(label), b),
      );
      const expected = evaluateOnDevice(byIndex);
      for (const inPlace of reduction === 'mean' ? [false] : [false, true]) {
        const actual = evaluateOnDevice(withTargets(byIndex, rows), { inputs: 'device', inPlace });
        const what = JSON.stringify({ seed, ...description, reduction, inPlace });
        sameBits(actual.gradient, expected.gradient, `gradient ${what}`);
        sameBits(actual.losses, expected.losses, `losses ${what}`);
        for (const name of ['loss', 'crossEntropy', 'emd', 'rows', 'nonFinite', 'firstNonFinite'] as const) {
          assert.is(actual[name], expected[name], `${name} ${what}`);
        }
      }
    }
  }
});

test('rows have the bits that they have among their like, in place or not', () => {
  for (const [i, description] of descriptions().entries()) {
    const { classes, rows: count } = description;
    const byIndex = makeProblem(description, seed);
    const random = new Random(seed);
    const spread = Array.from({ length: count }, (_, b) =>
      Float32Array.from({ length: classes }, (_, i) => (i < 2 ? 1 : 0) + random.index(b + 1)),
    );
    const rows = spread.map((row, b) => {
      if (b % 5 === 0) return new Float32Array(classes);
      if (b % 7 === 1) return row.slice().fill(b % 2 ? -1 : Number.NaN, classes - 1);
      return random.uniform() < 0.5 ? row : oneHot(classes, Number(byIndex.targets.values[b]), b);
    });
    const indices = evaluateOnDevice(byIndex);
    const others = evaluateOnDevice(withTargets(byIndex, spread));
    for (const inPlace of byTurns(i, [false, true])) {
      const problem = withTargets(byIndex, rows);
      const mixed = evaluateOnDevice(problem, { inputs: 'device', inPlace });
      checkResult(problem, mixed, JSON.stringify({ seed, inPlace, ...description }));
      rows.forEach((row, b) => {
        if (b % 5 === 0 || b % 7 === 1) return; // the oracle knows what they are
        const what = JSON.stringify({ seed, b, inPlace, ...description });
        const expected = row === spread[b] ? others : indices;
        const rowOf = ({ gradient }: typeof mixed) =>
          Float32Array.from(gradientRow(problem, gradient as Float32Array, b));
        sameBits(rowOf(mixed), rowOf(expected), `gradient ${what}`);
        assert.is((mixed.losses as Float32Array)[b], (expected.losses as Float32Array)[b], `loss ${what}`);
      });
    }
  }
});

test('rows of targets times a power of 2 have the same bits, whatever float32 makes of their sum', () => {
  for (const description of descriptions()) {
    const { classes } = description;
    if (description.weights === 'both' || classes > 100) continue;
    const made = makeProblem({ ...description, rows: 7 }, seed);
    const random = new Random(seed);
    const rows = Array.from({ length: 7 }, () =>
      Float32Array.from({ length: classes }, (_, i) => (i < 2 ? 1 : 0) + random.index(6)),
    );
    const times = (factor: number) =>
      withTargets(
        made,
        rows.map((row) => row.map((t) => t * factor)),
      );
    const expected = evaluateOnDevice(times(1));
    for (const shift of [-149, -140, -126, -30, -1, 1, 18, 30, 100, 125]) {
      const problem = times(2 ** shift);
      const actual = evaluateOnDevice(problem);
      const what = JSON.stringify({ seed, shift, ...description });
      checkResult(problem, actual, what);
      sameBits(actual.gradient, expected.gradient, `gradient ${what}`);
      sameBits(actual.losses, expected.losses, `losses ${what}`);
    }
  }
});

for (const dtype of HALVES) {
  test(`${dtype}: one-hot rows have the bits of class indices, and of others nothing is lost in place`, () => {
    for (const classes of [8, 30, 101, 600]) {
      const problem = makeProblem({ ...PLAIN, classes, rows: 33, mix: 'both', mood: 'calm', reduction: 'sum' }, seed);
      const labels = targetsOf(problem.targets) as Int32Array;
      const spread = (b: number) => Float32Array.from({ length: classes }, (_, i) => (i * 7 + b) % 5);
      const hot = Array.from(labels, (label, b) => oneHot(classes, label, b));
      const run = (targets: Int32Array | Float32Array, inPlace = false) => {
        const predictions = DeviceArray.from(predictionsOf(problem), { dtype });
        const options = { ...optionsOf(problem), ...(inPlace && { gradient: predictions }) };
        const { gradient } = emdLoss(predictions, targets, options);
        const bits = (gradient as DeviceArray).toHost() as Uint16Array;
        release(predictions, gradient);
        return bits;
      };
      assert.equal(run(layOut(hot, classes)), run(labels), `${classes}`);
      const mixed = hot.map((row, b) => (b % 3 ? row : spread(b)));
      const all = run(
        layOut(
          Array.from(labels, (_, b) => spread(b)),
          classes,
        ),
      );
      for (const inPlace of [false, true]) {
        const actual = run(layOut(mixed, classes), inPlace);
        for (let b = 0; b < 33; b++) {
          const expected = b % 3 ? run(labels) : all;
          const row = (bits: Uint16Array) => bits.slice(b * classes, (b + 1) * classes);
          assert.equal(row(actual), row(expected), `${classes}, row ${b}, in place: ${inPlace}`);
        }
      }
    }
  });
}

const times = isEmulator ? 1 : Math.ceil((status.devices[0]?.multiprocessors ?? 4) / 4);

test('more rows than run at once, long stretches of which are of one kind', () => {
  for (const [classes, most] of [
    [4, 10_000],
    [16, 5000],
    [30, 3000],
    [101, 1000],
    [600, 200],
  ]) {
    const rows = most * times + 1;
    const made = makeProblem({ ...PLAIN, classes, rows: 64, mood: 'calm', mix: 'both', reduction: 'sum' }, seed);
    const labels = targetsOf(made.targets) as Int32Array;
    const predictions = new Float32Array(rows * classes);
    const targets = new Float32Array(rows * classes);
    const kindOf = (row: number) => (row < rows / 2 ? 0 : (row >> 6) % 3);
    for (let row = 0; row < rows; row++) {
      const from = row % 64;
      predictions.set(made.predictions.subarray(from * classes, (from + 1) * classes), row * classes);
      if (kindOf(row) === 0) targets[row * classes + labels[from]] = 1;
      if (kindOf(row) === 1) targets.fill(1, row * classes, (row + 1) * classes);
    }
    const options = { ...optionsOf(made), losses: true };
    const call = (values: Float32Array, wanted: Float32Array | Int32Array) => {
      const array = DeviceArray.from(values);
      const result = emdLoss(array, wanted, options);
      const [gradient, losses] = [result.gradient, result.losses].map((one) => (one as DeviceArray).toHost());
      release(array, result.gradient, result.losses);
      return { gradient: gradient as Float32Array, losses: losses as Float32Array, rows: result.rows };
    };
    const expected = [
      call(made.predictions, labels),
      call(made.predictions, new Float32Array(64 * classes).fill(1)),
      { gradient: new Float32Array(64 * classes), losses: new Float32Array(64) },
    ];
    const actual = call(predictions, targets);
    let counted = 0;
    for (let row = 0; row < rows; row++) {
      const kind = kindOf(row);
      counted += kind === 2 ? 0 : 1;
      const { gradient, losses } = expected[kind];
      const from = row % 64;
      const wanted = gradient.subarray(from * classes, (from + 1) * classes);
      sameBits(
        actual.gradient.subarray(row * classes, (row + 1) * classes),
        wanted,
        `${rows} x ${classes}, row ${row}`,
      );
      assert.is(actual.losses[row], losses[from], `${rows} x ${classes}, loss of row ${row}`);
    }
    assert.is(actual.rows, counted);
  }
});

test('a graph finds out anew in each launch what its targets are', async () => {
  const [classes, rows] = [8, 40];
  const stream = new Stream();
  const scores = Float32Array.from({ length: rows * classes }, (_, i) => Math.sin(i));
  const predictions = DeviceArray.from(scores);
  const targets = DeviceArray.from(new Float32Array(rows * classes));
  const [gradient, lossOut] = [DeviceArray.allocate('float32', rows * classes), DeviceArray.allocate('float32', 4)];
  const sampleWeights = DeviceArray.from(Float32Array.from({ length: rows }, (_, b) => 1 + (b % 3)));
  const graph = Graph.capture(stream, () => {
    emdLoss(predictions, targets, { classes, stream, gradient, lossOut, sampleWeights });
  });
  const kinds = [
    () => 0,
    (b: number, i: number) => (b % classes === i ? 1 : 0),
    (b: number, i: number) => 1 + ((b + i) % 4),
    (b: number, i: number) => (b % 2 ? 1 + ((b + i) % 4) : i === 3 ? 2 : 0),
    (b: number, i: number) => (b % classes === i ? 7 : 0),
  ];
  for (const kind of [...kinds, ...kinds]) {
    const values = Float32Array.from({ length: rows * classes }, (_, i) => kind(Math.floor(i / classes), i % classes));
    targets.copyFrom(values);
    graph.launch(stream);
    await stream.synchronize();
    const expected = emdLoss(DeviceArray.from(scores), values, { classes, sampleWeights });
    sameBits(gradient.toHost(), expected.gradient?.toHost(), 'gradient');
    const numbers = [expected.loss, expected.crossEntropy, expected.emd, expected.rows].map(Math.fround);
    assert.equal(Array.from(lossOut.toHost() as Float32Array), numbers);
  }
});

test('the first row that is not finite is named, whichever kind it is and however many there are', () => {
  const [classes, rows] = [8, 3000];
  const labels = Int32Array.from({ length: rows }, (_, b) => b % classes);
  const predictions = new Float32Array(rows * classes);
  const broken = [2999, 1500, 1499, 700, 3, 0];
  const call = (targets: Int32Array | Float32Array) => {
    const array = DeviceArray.from(predictions);
    const result = emdLoss(array, targets, { classes, gradient: array });
    release(array);
    return [result.nonFinite, result.firstNonFinite];
  };
  const spread = Float32Array.from({ length: rows * classes }, (_, i) =>
    (i >> 3) % 2 ? 1 : i % classes === 5 ? 1 : 0,
  );
  assert.equal(call(labels), [0, -1]);
  assert.equal(call(spread), [0, -1]);
  broken.forEach((row, count) => {
    predictions.fill(Number.NaN, row * classes + 2, row * classes + 3);
    for (let again = 0; again < 3; again++) {
      assert.equal(call(labels), [count + 1, row]);
      assert.equal(call(spread), [count + 1, row]);
    }
  });
  const lossOut = DeviceArray.allocate('float32', 4);
  const unread = emdLoss(DeviceArray.from(predictions), labels, { classes, lossOut });
  assert.ok(Number.isNaN(unread.firstNonFinite));
});

test.run();
