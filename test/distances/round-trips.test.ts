// What the package hands out it takes back, and the same numbers in any other type.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  ClassCentroids,
  circular,
  EmdLoss,
  type EmdOptions,
  emdLoss,
  energy,
  GroundDistance,
  matrix,
  type Numbers,
  ordered,
  positions,
  SelfGuidedEmd,
  tree,
} from '../../lib/index.js';
import { exportOnnx } from '../../lib/onnxruntime.js';
import { emdLoss as lossOfTensors } from '../../lib/tfjs.js';
import { Random } from '../../shared/oracle/random.js';
import { sameBits } from '../support/bits.js';
import { throws } from '../support/errors.js';
import { seed } from '../support/scale.js';
import { type Anything, naming, wrongKinds, wrongNumbers } from '../support/wrong.js';

const test = suite('round trips');

const CLASSES = 5;
const THIRDS = [1 / 3, 2 / 3, 0.1, 1e-30, 7e20];
const SQUARE = Array.from({ length: CLASSES ** 2 }, (_, n) => {
  const [i, j] = [Math.floor(n / CLASSES), n % CLASSES];
  return Math.abs(i - j) ** 1.3 / 3;
});

const GROUNDS: Record<string, GroundDistance> = {
  'ordered()': ordered(),
  'ordered(gaps)': ordered(THIRDS.slice(1)),
  'positions(xs)': positions([-1e-9, 1 / 3, 0.4, 17, 1e9 / 7]),
  'circular()': circular(),
  'circular(gaps)': circular(THIRDS),
  'tree(parents)': tree([-1, 0, 0, 1, 1]),
  'tree(parents, lengths)': tree([1, 2, -1, 1, 2], THIRDS),
  'matrix(distances)': matrix(SQUARE),
  'matrix(distances, xemd2)': matrix(SQUARE, 'xemd2'),
  'energy(distances)': energy(SQUARE, { exponent: 0.5 }),
  'indefinite energy': energy([0, 9, 1, 9, 0, 1, 1, 1, 0], { indefinite: true }),
  'matrix of -0': matrix([0, -0, 1, -0, 0, 1, 1, 1, 0], { exponent: 1 / 3, offset: -0 }),
};

/** All that a ground distance says of itself, with the signs of zeros. */
function contents(ground: GroundDistance): Record<string, unknown> {
  const { kind, classes, gaps, parents, lengths, distances, exponent, offset, indefinite } = ground;
  const bits = (values: Float64Array | Float32Array | Int32Array | undefined) =>
    values && [values.constructor.name, ...new Uint32Array(values.buffer)];
  return {
    kind,
    classes,
    gaps: bits(gaps),
    parents: bits(parents),
    lengths: bits(lengths),
    distances: bits(distances),
    exponent: exponent === undefined ? undefined : bits(Float64Array.of(exponent)),
    offset: offset === undefined ? undefined : bits(Float64Array.of(offset)),
    indefinite,
  };
}

function same(back: GroundDistance, ground: GroundDistance): void {
  assert.equal(contents(back), contents(ground));
  const classes = ground.classes ?? CLASSES;
  const random = new Random(seed);
  const logits = random.floats(classes * 2, () => random.normal());
  const loss = (groundDistance: GroundDistance) => emdLoss(logits, [0, classes - 1], { classes, groundDistance });
  assert.is(loss(back).loss, loss(ground).loss);
  sameBits(loss(back).gradient, loss(ground).gradient, 'gradient');
}

for (const [name, ground] of Object.entries(GROUNDS)) {
  test(`fromJSON(${name}.toJSON()) is the same to the last bit, through text, and once more`, () => {
    same(GroundDistance.fromJSON(ground.toJSON()), ground);
    const text = JSON.stringify(ground);
    const back = GroundDistance.fromJSON(JSON.parse(text));
    same(back, ground);
    assert.is(JSON.stringify(back), text);
    same(GroundDistance.fromJSON(structuredClone(ground.toJSON())), ground);
  });

  test(`${name}: its constructor takes what the getters give`, () => {
    const { kind, gaps, parents, lengths, distances, exponent, offset, indefinite } = ground;
    const constructors: Record<typeof kind, () => GroundDistance> = {
      ordered: () => ordered(gaps),
      circular: () => circular(gaps),
      tree: () => tree(parents as Int32Array, lengths),
      matrix: () => matrix(distances as Float32Array, { exponent, offset }),
      energy: () => energy(distances as Float32Array, { exponent, indefinite }),
    };
    same(constructors[kind](), ground);
  });
}

const TYPES: Record<string, (values: readonly number[]) => Numbers> = {
  array: (values) => values,
  Float32Array: (values) => Float32Array.from(values),
  Float64Array: (values) => Float64Array.from(values),
  Int8Array: (values) => Int8Array.from(values),
  Uint8Array: (values) => Uint8Array.from(values),
  Uint8ClampedArray: (values) => Uint8ClampedArray.from(values),
  Int16Array: (values) => Int16Array.from(values),
  Uint16Array: (values) => Uint16Array.from(values),
  Int32Array: (values) => Int32Array.from(values),
  Uint32Array: (values) => Uint32Array.from(values),
};

/** Where the runtime has it. */
const Half = (globalThis as { Float16Array?: { from(values: readonly number[]): unknown } }).Float16Array;
if (Half) TYPES.Float16Array = (values) => Half.from(values) as Numbers;

for (const [type, make] of Object.entries(TYPES)) {
  test(`${type}: gaps, places, lengths, distances and nested rows`, () => {
    same(ordered(make([1, 2, 3])), ordered([1, 2, 3]));
    same(positions(make([1, 2, 5])), positions([1, 2, 5]));
    same(circular(make([1, 2, 3])), circular([1, 2, 3]));
    same(tree([-1, 0, 0], make([0, 2, 3])), tree([-1, 0, 0], [0, 2, 3]));
    const flat = matrix([0, 1, 2, 1, 0, 3, 2, 3, 0]);
    same(matrix(make([0, 1, 2, 1, 0, 3, 2, 3, 0])), flat);
    same(matrix([make([0, 1, 2]), make([1, 0, 3]), make([2, 3, 0])]), flat);
    same(matrix([[0, 1, 2], make([1, 0, 3]), Float64Array.of(2, 3, 0)]), flat);
  });

  test(`${type}: class weights`, () => {
    const logits = Float32Array.of(1, 2, 3, 0, 0.5, 1);
    const loss = (classWeights: EmdOptions['classWeights']) =>
      emdLoss(logits, [0, 2], { classes: 3, crossEntropyWeight: 1, classWeights });
    const expected = loss(Float32Array.of(0, 2, 3));
    const weights = make([0, 2, 3]);
    const criterion = new EmdLoss({ classes: 3, crossEntropyWeight: 1, classWeights: weights });
    for (const result of [loss(weights), criterion.evaluate(logits, [0, 2])]) {
      assert.is(result.loss, expected.loss);
      sameBits(result.gradient, expected.gradient, 'gradient');
    }
    const guide = { classes: 3, features: 2, classWeights: weights };
    const state = new SelfGuidedEmd(guide).toState();
    assert.equal(state.options.classWeights, [0, 2, 3]);
    for (const guided of [new SelfGuidedEmd(guide), SelfGuidedEmd.fromState(JSON.parse(JSON.stringify(state)))]) {
      const { loss: first } = guided.evaluate(logits, new Float32Array(4), [0, 2]);
      assert.is(first, expected.crossEntropy);
    }
    assert.equal(
      exportOnnx({ classes: 3, classWeights: weights }),
      exportOnnx({ classes: 3, classWeights: Float32Array.of(0, 2, 3) }),
    );
    lossOfTensors({ classWeights: weights });
  });
}

test('class weights of a list are a copy', () => {
  const classWeights = [1, 1];
  const criterion = new EmdLoss({ classes: 2, classWeights, reduction: 'sum' });
  const loss = () => criterion.evaluate(Float32Array.of(0, 1), [0]).loss;
  const before = loss();
  classWeights[0] = 7;
  assert.is(loss(), before);
});

test('learned distances and centroids are taken as they come', () => {
  const centroids = new ClassCentroids({ classes: 3, features: 2 });
  centroids.accumulate(Float32Array.of(1, 2, 3, 1, 0, 5), Int8Array.of(0, 1, 2));
  centroids.update();
  const learned = matrix(centroids.distances());
  same(GroundDistance.fromJSON(learned.toJSON()), learned);
  assert.equal(
    ClassCentroids.fromState(centroids.toState()).distances({ scale: 'none' }),
    centroids.distances({ scale: 'none' }),
  );
});

test('fromJSON refuses what toJSON() never returned, and says where', () => {
  const from = (json: Anything) => () => GroundDistance.fromJSON(json);
  for (const { value, type } of wrongKinds(undefined, null, 1, '{"kind":"ordered"}')) {
    throws(from(value), type, naming('json'), `${value}`);
  }
  throws(from({}), TypeError, /^json\.kind: expected 'ordered' or /);
  throws(from({ kind: 'line' }), TypeError, /^json\.kind: expected 'ordered' or .*"line"/);
  throws(from({ kind: 'ordered', gapes: [1] }), TypeError, /^gapes: expected one of/);
  throws(from({ kind: 'ordered', lengths: [1] }), TypeError, /^lengths: expected one of/);
  throws(from({ kind: 'ordered', gaps: [1, 0] }), RangeError, /^json\.gaps\[1\]: expected/);
  throws(from({ kind: 'ordered', gaps: null }), TypeError, /^json\.gaps: expected/);
  throws(from({ kind: 'tree' }), TypeError, /^json\.parents: expected/);
  throws(from({ kind: 'tree', parents: [-1, 0], lengths: [0] }), RangeError, /^json\.lengths: expected/);
  throws(from({ kind: 'matrix', exponent: 1, offset: 0 }), TypeError, /^json\.distances: expected/);
  throws(from({ kind: 'matrix', distances: [0, 1, 1, 0], exponent: 0 }), RangeError, /^json\.exponent: expected/);
  for (const { value, type } of wrongNumbers(2, 4, '3')) {
    throws(from({ kind: 'ordered', gaps: [1, 1], classes: value }), type, /^json\.classes: expected 3, received/);
  }
  throws(from({ kind: 'circular', classes: 4 }), RangeError, /^json\.classes: expected undefined/);
});

test.run();
