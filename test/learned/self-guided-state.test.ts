// What a self-guided loss keeps and saves: the history that is asked for and no more, states of this and the last version, and their
// size.
// runner: wasm
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  ClassCentroids,
  SelfGuidedEmd,
  type SelfGuidedOptions,
  type SelfGuidedState,
  type SelfGuidedStateV1,
} from '../../lib/index.js';
import { listed } from '../../lib/learned/centroid-state.js';
import { pack } from '../../lib/learned/packed-numbers.js';
import { Random } from '../../shared/oracle/random.js';
import { sameBits } from '../support/bits.js';
import { throws } from '../support/errors.js';
import { seed } from '../support/scale.js';
import {
  type Anything,
  everyWrong,
  NOT_A_NUMBER,
  show,
  type Wrong,
  wrongKinds,
  wrongNumbers,
} from '../support/wrong.js';

const test = suite('state of the self-guided loss');

const C = 4;
const F = 3;

function evaluate(random: Random, ...losses: SelfGuidedEmd[]): number[] {
  const labels = Int32Array.from({ length: 9 }, () => random.index(C));
  const logits = random.floats(9 * C, () => random.normal());
  const features = random.floats(9 * F, () => random.normal());
  return losses.map((loss) => loss.evaluate(logits, features, labels).loss);
}

const trained = (options: Partial<SelfGuidedOptions<'cpu'>>, epochs: number, random = new Random(seed)) => {
  const loss = new SelfGuidedEmd({ preset: 'matrix', classes: C, features: F, startEpoch: 2, ...options });
  const all: Float32Array[] = [];
  for (let epoch = 0; epoch < epochs; epoch++) {
    evaluate(random, loss);
    loss.endEpoch();
    all.push(loss.distances as Float32Array);
  }
  evaluate(random, loss);
  return { loss, all };
};

const throughJson = (state: SelfGuidedState) => JSON.parse(JSON.stringify(state)) as SelfGuidedState;

for (const [history, kept] of [
  [undefined, 0],
  [false, 0],
  [0, 0],
  [1, 1],
  [3, 3],
  [100, 5],
  ['all', 5],
] as const) {
  test(`history ${history}: that many epochs, also after a state`, () => {
    const { loss, all } = trained({ history }, 5);
    const restored = SelfGuidedEmd.fromState(throughJson(loss.toState()));
    for (const one of [loss, restored]) {
      assert.is(one.history.length, kept);
      one.history.forEach((distances, i) => {
        sameBits(distances, all[5 - kept + i], `epoch ${i}`);
      });
      sameBits(one.distances, all[4], 'distances');
    }
    evaluate(new Random(seed), loss, restored);
    for (const one of [loss, restored]) one.endEpoch();
    const next = loss.distances as Float32Array;
    const after = kept === 0 ? [] : [...all, next].slice(history === 'all' || history === 100 ? 0 : -kept);
    for (const one of [loss, restored]) {
      assert.is(one.history.length, after.length);
      one.history.forEach((distances, i) => {
        sameBits(distances, after[i], `one more, ${i}`);
      });
    }
  });
}

test('what it returns is a copy', () => {
  const { loss } = trained({ history: 'all' }, 3);
  const before = loss.toState();
  for (const distances of [...loss.history, loss.distances as Float32Array]) distances.fill(7);
  assert.equal(loss.toState(), before);
});

test('states go through JSON and structured clones to the last bit, and training goes on with the same numbers', () => {
  for (const epochs of [0, 1, 2, 4]) {
    for (const options of [{}, { preset: 'xemd2', history: 2 }, { exponent: 0.5, momentum: 0.3 }] as const) {
      const random = new Random(seed);
      const { loss } = trained(options, epochs, random);
      const state = loss.toState();
      const copies = [throughJson(state), structuredClone(state)].map((copy) => {
        assert.equal(copy, state);
        const restored = SelfGuidedEmd.fromState(copy);
        assert.equal(restored.toState(), state);
        return restored;
      });
      for (let epoch = 0; epoch < 3; epoch++) {
        const losses = evaluate(random, loss, ...copies);
        for (const value of losses) assert.ok(Object.is(value, losses[0]), `${losses}`);
        for (const one of [loss, ...copies]) one.endEpoch();
      }
      for (const one of copies) assert.equal(one.toState(), loss.toState());
    }
  }
});

test('a class that a feature has spoilt, and one without a centroid, stay what they are', () => {
  const loss = new SelfGuidedEmd({ preset: 'matrix', classes: 3, features: 2, normalize: 'none', scale: 'max' });
  const features = Float32Array.of(1, 2, Number.NaN, Infinity);
  loss.evaluate(new Float32Array(6), features, [0, 1]);
  loss.endEpoch();
  loss.evaluate(new Float32Array(6), features, [2, 1]);
  const restored = SelfGuidedEmd.fromState(throughJson(loss.toState()));
  assert.equal(restored.toState(), loss.toState());
  for (const one of [loss, restored]) one.endEpoch();
  sameBits(restored.distances, loss.distances, 'distances');
});

test('a state of 1000 classes and 512 features stays below 20 MB of JSON in the midst of an epoch', () => {
  const [classes, features, rows] = [1000, 512, 2000];
  const random = new Random(seed);
  const options = { preset: 'matrix' as const, classes, features, normalize: 'none', scale: 'none' } as const;
  const loss = new SelfGuidedEmd(options);
  const step = () =>
    loss.evaluate(
      new Float32Array(rows * classes),
      random.floats(rows * features, () => -random.normal()),
      Int32Array.from({ length: rows }, (_, row) => row % classes),
    );
  step();
  loss.endEpoch();
  step();
  const { length } = JSON.stringify(loss.toState());
  assert.ok(length < 12e6, `${length} characters`);
});

/** As it was written in the midst of an epoch; and the loss of one batch more, with its EMD. */
const OLD: SelfGuidedStateV1 = {
  version: 1,
  options: { classes: 3, features: 2, startEpoch: 2, classWeights: [1, 2, 1] },
  epoch: 3,
  emdWeight: 1.7537661276118857,
  recorded: [0, 0],
  centroids: {
    version: 1,
    classes: 3,
    features: 2,
    normalize: 'l1',
    momentum: 0,
    sums: [0.16666666666666666, 0.8333333333333333, 0, 0, 0.75, 0.25],
    counts: [1, 0, 1],
    centroids: [0.3333333432674408, 0.6666666865348816, 0.75, 0.25, 0.75, 0.25],
  },
  history: [
    [0, 1, 1, 1, 0, 1, 1, 1, 0],
    [0, 0.5, 1, 0.5, 0, 1, 1, 1, 0],
    [0, 0.75, 0.75, 0.75, 0, 0, 0.75, 0, 0],
  ],
};

test('a state of version 1 is read as the matrix that it was, with all of its history', () => {
  const loss = SelfGuidedEmd.fromState(OLD);
  const old = () => {
    assert.is(loss.emdWeight, OLD.emdWeight);
    assert.equal(
      loss.history.map((distances) => Array.from(distances)),
      OLD.history,
    );
    assert.equal(Array.from(loss.distances as Float32Array), OLD.history[2]);
  };
  old();
  const state = loss.toState();
  assert.is(state.version, 2);
  assert.is(state.options.preset, 'matrix');
  assert.equal(ClassCentroids.fromState(state.centroids).toState(), OLD.centroids);
  assert.equal(SelfGuidedEmd.fromState(throughJson(state)).toState(), state);
  const { loss: value, emd } = loss.evaluate(Float32Array.of(1, 0, 0, 0, 7, 0), Float32Array.of(1, 7, 3, 1), [0, 1]);
  assert.ok(Math.abs(value - 0.22441922789947355) <= 1e-6, `${value}`);
  assert.ok(Math.abs(emd - 0.022460028032242008) <= 1e-6, `${emd}`);
  loss.endEpoch();
  assert.is(loss.history.length, 4);
  assert.is(
    SelfGuidedEmd.fromState({ ...OLD, options: { ...OLD.options, preset: 'xemd1' } }).toState().options.preset,
    'xemd1',
  );
});

test('the option history, and states that are none', () => {
  const make = (history: Anything) => new SelfGuidedEmd({ preset: 'matrix', classes: C, features: F, history });
  everyWrong(
    [
      ...NOT_A_NUMBER.filter(({ value }) => value !== 0),
      ...wrongKinds('none'),
      ...wrongNumbers(-1, 1.5, Number.NaN, Infinity),
    ],
    'history',
    make,
  );
  const state = trained({ history: 3 }, 3).loss.toState();
  const text = state.distances as string;
  const broken: [string, Anything, Wrong['type'], RegExp][] = [
    ['version', 3, RangeError, /^state\.version: expected 1 or 2, received 3/],
    ['version', 1, RangeError, /^state\.history: expected 3 elements/],
    ['distances', null, TypeError, /^state\.distances: expected numbers as text/],
    ['distances', [1, 2], TypeError, /^state\.distances/],
    ['distances', text.slice(4), RangeError, /^state\.distances: expected 32 characters \(6 numbers\), received 28/],
    ['distances', `!${text.slice(1)}`, RangeError, /^state\.distances: expected base64/],
    ['distances', `${text.slice(0, -2)}==`, RangeError, /^state\.distances: expected base64/],
    ['history', [], RangeError, /^state\.history: expected 2 elements/],
    ['history', [text, 1], TypeError, /^state\.history\[1\]/],
    ['epoch', 0, RangeError, /^state\.history: expected 0 elements/],
    ['centroids', { ...state.centroids, sums: 'AA==' }, RangeError, /^state\.sums: expected \d+ characters/],
    ['centroids', { ...state.centroids, counts: 'AAAA' }, RangeError, /^state\.counts/],
    ['more', 1, TypeError, /^more: expected one of/],
  ];
  for (const [name, value, type, message] of broken) {
    throws(() => SelfGuidedEmd.fromState({ ...state, [name]: value }), type, message, `${name} ${show(value)}`);
  }
  const fresh = new SelfGuidedEmd({ preset: 'matrix', classes: C, features: F }).toState();
  throws(() => SelfGuidedEmd.fromState({ ...fresh, distances: text }), TypeError, /^state\.distances: expected null/);
});

test('what no list and no text can hold is refused, and the message says how much that is', () => {
  // Never touched, so that the memory is not there.
  throws(() => pack('classes', new Float32Array(2 ** 27)), RangeError, /^classes: expected at most 402653166 bytes/);
  const numbers = { sums: new Float64Array(2 ** 26 + 1), counts: new Float64Array(2), centroids: new Float32Array(2) };
  const shape = { classes: 2, features: 2 ** 26, normalize: 'l1', momentum: 0 } as const;
  throws(() => listed(shape, numbers), RangeError, /^toState: expected at most 67108864 numbers, classes \* features/);
});

test('a state that should have a lambda has one', () => {
  throws(
    () => SelfGuidedEmd.fromState({ ...trained({}, 3).loss.toState(), emdWeight: null }),
    RangeError,
    /^state.emdWeight: expected a number/,
  );
});

test.run();
