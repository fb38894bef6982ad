// The hazards of distributions whose rows several threads share: masses where two threads meet, targets that begin elsewhere in memory
// than the predictions, and neighbours whose masses need more care than their own.
import * as assert from 'uvu/assert';
import { DeviceArray, emdLoss } from '../../lib/index.js';
import { HALVES } from '../../shared/half.js';
import { optionsOf } from '../../shared/oracle/call.js';
import { type Description, type GroundName, makeProblem, PLAIN } from '../../shared/oracle/problems.js';
import { sameBits } from '../support/bits.js';
import { checkResult } from '../support/check.js';
import { scaled, seed } from '../support/scale.js';
import { sameAnywhere } from './support/anywhere.js';
import { evaluateOnDevice, release } from './support/device-call.js';
import { gpuSuite } from './support/gpu.js';

const test = gpuSuite('distributions on a GPU');

const GROUNDS: GroundName[] = ['ordered', 'ordered-gaps', 'circular', 'circular-gaps', 'circular-wide'];
const DISTRIBUTION: Description = { ...PLAIN, targets: 'distribution', mix: 'both' };

/** The most classes of each layout, and one more; and numbers that leave threads without classes. */
const EDGES = [16, 32, 64, 128, 256, 512, 1024, 1536].flatMap((most) => [most, most + 1]);
const CLASSES = [...EDGES, 33, 49, 101, 300, ...scaled([], [5000, 19_000, 20_001])];

for (const ground of GROUNDS) {
  test(`${ground}: two masses on either side of each place where threads may meet`, () => {
    for (const classes of CLASSES) {
      const places = [1, 2, 17, 25, 33, 49].flatMap((share) => [share, classes - share]);
      const edges = [...new Set(places.filter((place) => place > 0 && place < classes))].slice(0, scaled(4, 12));
      for (const power of [2, 1] as const) {
        if (power === 1 && classes > 300) continue;
        const description = { ...DISTRIBUTION, classes, ground, power, rows: edges.length, mood: 'calm' } as const;
        const problem = makeProblem(description, seed);
        const values = new Float32Array(classes * edges.length);
        edges.forEach((place, row) => {
          values[row * classes + place - 1] = 0.25;
          values[row * classes + place] = 0.75;
        });
        problem.targets = { kind: 'distribution', values };
        checkResult(problem, evaluateOnDevice(problem), JSON.stringify({ seed, ...description }));
      }
    }
  });

  test(`${ground}: sure rows, masked ones and distributions close to the prediction`, () => {
    for (const classes of [17, 40, 101, 600, 2000]) {
      const problem = makeProblem({ ...DISTRIBUTION, classes, ground, rows: 12, weights: 'both' }, seed);
      checkResult(problem, evaluateOnDevice(problem), `${ground}, ${classes}, assorted`);
      const close = makeProblem({ ...DISTRIBUTION, classes, ground, rows: 3, mood: 'calm' }, seed);
      close.targets = { kind: 'distribution', values: close.predictions.map((z) => Math.exp(z)) };
      checkResult(close, evaluateOnDevice(close), `${ground}, ${classes}, close`);
    }
  });
}

for (const dtype of ['float32', ...HALVES] as const) {
  test(`${dtype}: predictions, targets and gradients anywhere in memory are the same to the last bit, with nothing beside them touched`, () => {
    for (const [classes, rows] of [
      [8, 40],
      [17, 40],
      [37, 9],
      [104, 6],
      [301, 5],
      [2003, 2],
    ]) {
      const problem = makeProblem({ ...DISTRIBUTION, classes, rows, mood: 'calm' }, seed);
      sameAnywhere(problem, dtype, `${rows} x ${classes}`);
    }
  });
}

test('entries of rows that are nearly right add up to 0, though that of the surest class is a difference of large numbers', () => {
  for (const classes of [8, 17, 101, 600, 2000]) {
    const top = classes - 3;
    const predictions = new Float32Array(classes).map((_, i) => (i === top ? 25 : Math.sin(i)));
    const targets = new Float32Array(classes).fill(1, top, top + 1).fill(2 ** -28, 1, 2);
    const input = DeviceArray.from(predictions);
    const { gradient } = emdLoss(input, targets, { classes, crossEntropyWeight: 0 });
    const entries = (gradient as DeviceArray).toHost() as Float32Array;
    release(input, gradient);
    const all = entries.reduce((sum, entry) => sum + entry, 0);
    const size = entries.reduce((sum, entry) => sum + Math.abs(entry), 0);
    assert.ok(size > 0 && Math.abs(all) < 2e-6 * size, `${classes} classes: ${all} of ${size}`);
  }
});

test('a row has the same bits beside rows whose masses are denormal, beyond float32 or none', () => {
  const factors = [1, 2 ** -149, 2 ** -20, 2 ** 25, 2 ** 120, Number.NaN, -1, -0];
  for (const classes of [17, 33, 100, 600, 1600]) {
    const rows = 33;
    const made = makeProblem({ ...DISTRIBUTION, classes, rows, mood: 'calm', reduction: 'none' }, seed);
    const whole = Float32Array.from({ length: classes }, (_, i) => ((i * 7) % 5) + (i < 2 ? 1 : 0));
    const evaluate = (factorOf: (row: number) => number) => {
      const values = new Float32Array(rows * classes);
      for (let row = 0; row < rows; row++) {
        const factor = factorOf(row);
        // A negative zero is a zero; a single wrong mass spoils its row.
        values.set(
          whole.map((t, i) => (factor > 0 ? t * factor : i === classes - 1 ? factor : t)),
          row * classes,
        );
      }
      const predictions = DeviceArray.from(made.predictions);
      const result = emdLoss(predictions, values, { ...optionsOf(made), losses: true });
      const [gradient, losses] = [result.gradient, result.losses].map((one) => (one as DeviceArray).toHost());
      release(predictions, result.gradient, result.losses);
      return { gradient: gradient as Float32Array, losses: losses as Float32Array };
    };
    const mixed = evaluate((row) => factors[row % factors.length]);
    const zeroAtTheEnd = evaluate(() => -0);
    const usual = evaluate(() => 1);
    for (let row = 0; row < rows; row++) {
      const factor = factors[row % factors.length];
      const what = `${classes} classes, row ${row}, masses times ${factor}`;
      if (Number.isNaN(factor) || factor === -1) {
        assert.ok(Number.isNaN(mixed.losses[row]), what);
        continue;
      }
      const { gradient, losses } = factor === 0 ? zeroAtTheEnd : usual;
      assert.is(mixed.losses[row], losses[row], what);
      const own = (of: Float32Array) => of.slice(row * classes, (row + 1) * classes);
      sameBits(own(mixed.gradient), own(gradient), what);
    }
  }
});

test.run();
