// The learned ground distance and the metrics with every wrong value: the kind of error, a message that names the argument, and
// nothing added or written.
// runner: wasm
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  ClassCentroids,
  circular,
  matrix,
  pairwiseDistances,
  SelfGuidedEmd,
  type SelfGuidedOptions,
  type SelfGuidedState,
} from '../../lib/index.js';
import * as metrics from '../../lib/metrics.js';
import { rejects, throws } from '../support/errors.js';
import {
  type Anything,
  detached,
  everyWrong,
  floats,
  impostor,
  integers,
  NOT_A_NUMBER,
  names,
  naming,
  show,
  type Wrong,
  wrongKinds,
  wrongNumbers,
} from '../support/wrong.js';

const test = suite('bad input of the learned distance');

const NO_FLOATS = wrongKinds(null, undefined, 'x', {}, 7n, [1, 2], new Float64Array(6), impostor(), detached());
const LABELS: Wrong[] = [
  ...wrongKinds(null, undefined, 'ab', {}, 3, new BigUint64Array(2), [0, '1'], [0, null], [0, 1n], new Float32Array(2)),
  ...wrongNumbers(
    [0],
    [0, 1, 2],
    [0, 3],
    [0, -1],
    [0, 0.5],
    [0, Number.NaN],
    Int32Array.of(0, 3),
    Int8Array.of(0, -1),
    BigInt64Array.of(0n, 2n ** 63n - 1n),
  ),
];

const CENTROIDS = { classes: 3, features: 3 };
const make = (change: object) => new ClassCentroids({ ...CENTROIDS, ...change });

test('options of ClassCentroids', () => {
  everyWrong([...integers(2, 2 ** 30), ...wrongKinds(undefined)], 'classes', (classes) => make({ classes }));
  everyWrong([...integers(1, 2 ** 31), ...wrongKinds(undefined)], 'features', (features) => make({ features }));
  everyWrong(names('l1'), 'normalize', (normalize) => make({ normalize }));
  everyWrong([...NOT_A_NUMBER, ...wrongNumbers(-0.1, 1, 2, Number.NaN)], 'momentum', (momentum) => make({ momentum }));
  everyWrong(wrongKinds(null, 'gpu', {}), 'device', (device) => make({ device }));
  throws(() => make({ feature: 1 }), TypeError, /^feature: expected one of the options classes, /);
  for (const options of [null, undefined, 1, 'x', []] as Anything[]) {
    throws(() => new ClassCentroids(options), TypeError, /^options: expected an object/);
  }
});

test('accumulate adds nothing unless all is well', async () => {
  const centroids = make({});
  const before = centroids.toState();
  const good = floats(6).fill(1);
  const checkBoth = async (name: string, wrongs: Wrong[], call: (value: Anything) => Anything[]) => {
    for (const { value, type } of wrongs) {
      const parameters = call(value) as Parameters<ClassCentroids['accumulate']>;
      throws(() => centroids.accumulate(...parameters), type, naming(name), `${name} ${show(value)}`);
      await rejects(
        () => centroids.accumulateAsync(...parameters),
        type,
        naming(name),
        `${name} ${show(value)}, later`,
      );
    }
  };
  await checkBoth('features', [...NO_FLOATS.slice(0, -1), ...wrongNumbers(floats(5), floats(7))], (value) => [
    value,
    [0, 1],
  ]);
  throws(() => centroids.accumulate(detached(), []), TypeError, /^features: expected an array with its memory/);
  await checkBoth('labels', LABELS, (value) => [good, value]);
  await checkBoth('labels', wrongNumbers([0]), (value) => [floats(9), value]);
  await checkBoth('ignoreIndex', [...NOT_A_NUMBER, ...wrongNumbers(0.5, 2 ** 60)], (value) => [
    good,
    [0, 1],
    { ignoreIndex: value },
  ]);
  assert.equal(centroids.toState(), before);
});

test('distances write nothing unless all is well', async () => {
  const centroids = make({});
  everyWrong(names('rank'), 'scale', (scale) => centroids.distances({ scale }));
  const wrongOut = [
    ...wrongKinds(null, [1], {}, new Float64Array(9)),
    ...wrongNumbers(floats(8), floats(10), floats(0)),
  ];
  everyWrong(wrongOut, 'out', (out) => centroids.distances({ out }));
  for (const { value, type } of wrongOut)
    await rejects(() => centroids.distancesAsync({ out: value }), type, naming('out'));
  const out = floats(9);
  const running = centroids.distancesAsync({ out });
  structuredClone(out.buffer, { transfer: [out.buffer] });
  await rejects(() => running, RangeError, /^out: expected the array as it was when the call began/);
});

test('merge refuses what is of another kind', () => {
  const centroids = make({});
  for (const other of [{ classes: 4 }, { features: 2 }, { normalize: 'l2' }] as const) {
    const [name] = Object.keys(other);
    throws(
      () => centroids.merge(make(other)),
      RangeError,
      new RegExp(`^other\\.${name}: expected .*, as here, received`),
    );
  }
  for (const value of [null, 1, 'x', undefined] as Anything[])
    throws(() => centroids.merge(value), TypeError, /^state: expected/);
});

test('states that are none', () => {
  const state = make({}).toState();
  const broken: [string, Anything, Wrong['type']][] = [
    ['version', 2, RangeError],
    ['sums', 1, TypeError],
    ['sums', [], RangeError],
    ['sums', new Array(9).fill('0'), TypeError],
    ['counts', [1, 2], RangeError],
    ['counts', [1, -2, 0], RangeError],
    ['counts', [1, 0.5, 0], RangeError],
    ['centroids', new Array(8).fill(0), RangeError],
    ['centroids', new Array(9).fill({}), TypeError],
  ];
  for (const [name, value, type] of broken) {
    throws(
      () => ClassCentroids.fromState({ ...state, [name]: value }),
      type,
      new RegExp(`^state\\.${name}\\b`),
      `${name} ${show(value)}`,
    );
  }
  throws(() => ClassCentroids.fromState({ ...state, more: 1 } as Anything), TypeError, /^more: expected one of/);
  for (const value of [null, 1, 'x', undefined] as Anything[])
    throws(() => ClassCentroids.fromState(value), TypeError, /^state: expected/);
});

test('pairwiseDistances', () => {
  everyWrong([...NO_FLOATS, ...wrongNumbers(floats(0), floats(5))], 'points', (points) =>
    pairwiseDistances(points, { rows: 3 }),
  );
  everyWrong([...integers(1, 2 ** 30), ...wrongKinds(undefined)], 'rows', (rows) =>
    pairwiseDistances(floats(6), { rows }),
  );
  everyWrong(wrongNumbers(floats(3), floats(5)), 'out', (out) => pairwiseDistances(floats(6), { rows: 2, out }));
  const memory = floats(12);
  const overlapping = () => pairwiseDistances(memory.subarray(0, 9), { rows: 3, out: memory.subarray(3) });
  throws(overlapping, RangeError, /^out: expected memory of its own, but it overlaps points/);
  pairwiseDistances(floats(13).subarray(0, 4), { rows: 2, out: floats(4) });
});

test('sizes that need more memory than there is: the message says how much', () => {
  throws(
    () => pairwiseDistances(floats(1e6), { rows: 1e6 }),
    RangeError,
    /^rows: expected at most 23170, as a matrix \[1000000, 1000000\] would need 4000 GB, received 1000000$/,
  );
  throws(
    () => make({ classes: 200000, features: 1 }).distances(),
    RangeError,
    /^classes: expected at most 23170, as a matrix \[200000, 200000\] would need 160 GB/,
  );
  throws(
    () => matrix(new Array(1e6).fill([0, 1])),
    RangeError,
    /^distances: expected what there is memory for, received a need for 8000 GB/,
  );
});

const GUIDED = { preset: 'matrix', classes: 3, features: 2 };
const guide = (change: object) => new SelfGuidedEmd({ ...GUIDED, ...change } as SelfGuidedOptions<'cpu'>);

test('options of SelfGuidedEmd', () => {
  everyWrong(names('xemd1'), 'preset', (preset) => guide({ preset }));
  throws(
    () => guide({ preset: 'xemd1', offset: 0 }),
    TypeError,
    /^preset: expected undefined, as exponent or offset is given/,
  );
  everyWrong([...NOT_A_NUMBER, ...wrongNumbers(0, -1, Number.NaN, Infinity)], 'exponent', (exponent) =>
    guide({ exponent }),
  );
  everyWrong([...NOT_A_NUMBER, ...wrongNumbers(Number.NaN, Infinity)], 'offset', (offset) => guide({ offset }));
  everyWrong([...NOT_A_NUMBER, ...wrongNumbers(-1, Number.NaN, Infinity)], 'emdWeight', (emdWeight) =>
    guide({ emdWeight }),
  );
  everyWrong(integers(2, 1e9), 'startEpoch', (startEpoch) => guide({ startEpoch }));
  everyWrong(wrongNumbers(0), 'startEpoch', (startEpoch) => guide({ startEpoch, emdWeight: 1 }));
  everyWrong([...NOT_A_NUMBER, ...wrongNumbers(0, -1, Number.NaN, Infinity)], 'ratio', (ratio) => guide({ ratio }));
  everyWrong(names('rank'), 'scale', (scale) => guide({ scale }));
  everyWrong(names('mean'), 'reduction', (reduction) => guide({ reduction }));
  everyWrong(names('l1'), 'normalize', (normalize) => guide({ normalize }));
  throws(() => guide({ lambda: 1 }), TypeError, /^lambda: expected one of the options/);
});

test('a batch of SelfGuidedEmd is refused as a whole', async () => {
  const guided = guide({});
  const before = guided.toState();
  const logits = floats(6);
  const features = floats(4);
  const gradient = floats(6).fill(7);
  const both = async (name: string, wrongs: Wrong[], call: (value: Anything) => Anything[]) => {
    for (const { value, type } of wrongs) {
      const parameters = call(value) as Parameters<SelfGuidedEmd['evaluate']>;
      throws(() => guided.evaluate(...parameters), type, naming(name), `${name} ${show(value)}`);
      await rejects(() => guided.evaluateAsync(...parameters), type, naming(name), `${name} ${show(value)}, later`);
    }
  };
  await both('logits', [...NO_FLOATS.slice(0, -1), ...wrongNumbers(floats(5))], (value) => [
    value,
    features,
    [0, 1],
    { gradient },
  ]);
  await both('features', [...NO_FLOATS.slice(0, -1), ...wrongNumbers(floats(3), floats(6))], (value) => [
    logits,
    value,
    [0, 1],
    { gradient },
  ]);
  await both('labels', LABELS, (value) => [logits, features, value, { gradient }]);
  await both('gradient', wrongNumbers(floats(5)), (value) => [logits, features, [0, 1], { gradient: value }]);
  await both('sampleWeights', [...wrongNumbers(floats(1)), ...wrongKinds([1, 1], 1)], (value) => [
    logits,
    features,
    [0, 1],
    { gradient, sampleWeights: value },
  ]);
  throws(
    () => guided.evaluate(logits, features, [0, 1], { weights: 1 } as Anything),
    TypeError,
    /^weights: expected one of/,
  );
  assert.equal(guided.toState(), before);
  assert.ok(gradient.every((value) => value === 7));
});

test('states of SelfGuidedEmd that are none', () => {
  const state = guide({}).toState();
  const broken: [keyof SelfGuidedState, Anything, Wrong['type'], RegExp][] = [
    ['version', 0, RangeError, /^state\.version/],
    ['options', null, TypeError, /^options/],
    ['options', { ...GUIDED, classes: 4 }, RangeError, /^state\.centroids\.classes/],
    ['epoch', -1, RangeError, /^state\.epoch/],
    ['epoch', 1, TypeError, /^state\.distances/],
    ['emdWeight', 'x', TypeError, /^state\.emdWeight/],
    ['options', { ...GUIDED, features: 3 }, RangeError, /^state\.centroids\.features/],
    ['recorded', [1], RangeError, /^state\.recorded/],
    ['recorded', [1, 2, 3], RangeError, /^state\.recorded/],
    ['centroids', {}, RangeError, /^state\.version/],
    ['history', 1, TypeError, /^state\.history/],
  ];
  for (const [name, value, type, message] of broken) {
    throws(() => SelfGuidedEmd.fromState({ ...state, [name]: value }), type, message, `${name} ${show(value)}`);
  }
});

test('metrics', () => {
  const labels: Wrong[] = [
    ...wrongKinds(null, undefined, 'ab', 3, [0, '1'], new Float32Array(2)),
    ...wrongNumbers([0, -1], [0, 0.5]),
  ];
  for (const call of [metrics.accuracy, metrics.meanAbsoluteError] as const) {
    everyWrong([...labels, ...wrongNumbers([0])], 'predicted', (value) => call(value, [0, 1]));
    everyWrong(labels, 'actual', (value) => call([0, 1], value));
  }
  for (const call of [metrics.quadraticWeightedKappa, metrics.confusionMatrix] as const) {
    everyWrong(wrongNumbers([0, 2]), 'predicted', (value) => call(value, [0, 1], 2));
    everyWrong(wrongNumbers([0, 2]), 'actual', (value) => call([0, 1], value, 2));
    everyWrong(integers(2, 2 ** 30), 'classes', (classes) => call([0, 1], [0, 1], classes));
  }
  for (const call of [metrics.macroAverageError, metrics.maximumAverageError, metrics.linearWeightedKappa] as const) {
    everyWrong(wrongNumbers([0, 2]), 'predicted', (value) => call(value, [0, 1], 2));
    everyWrong(wrongNumbers([0, 2]), 'actual', (value) => call([0, 1], value, 2));
    everyWrong(integers(2, 2 ** 30), 'classes', (classes) => call([0, 1], [0, 1], classes));
  }
  everyWrong(
    [...wrongKinds(null, 'x', 1, [1, '1']), ...wrongNumbers([1], [1, -1], [1, Infinity])],
    'sampleWeights',
    (value) => metrics.accuracy([0, 1], [0, 1], { sampleWeights: value }),
  );
  everyWrong([...NOT_A_NUMBER, ...wrongNumbers(0.5, 2 ** 60)], 'ignoreIndex', (value) =>
    metrics.accuracy([0, 1], [0, 1], { ignoreIndex: value }),
  );
  throws(() => metrics.accuracy([0], [0], { weights: [1] } as Anything), TypeError, /^weights: expected one of/);
  for (const options of [null, 1, 'x', []] as Anything[])
    throws(() => metrics.accuracy([0], [0], options), TypeError, /^options: expected an object/);

  everyWrong([...NOT_A_NUMBER, ...wrongNumbers(-1, Number.NaN)], 'distance', (value) =>
    metrics.accuracyWithin([0], [0], value),
  );
  everyWrong([...NO_FLOATS, ...wrongNumbers(floats(3))], 'predictions', (value) =>
    metrics.decode(value, { classes: 2 }),
  );
  everyWrong([...NO_FLOATS, ...wrongNumbers(floats(3))], 'logits', (value) => metrics.softmax(value, { classes: 2 }));
  everyWrong(names('logits'), 'input', (input) => metrics.decode(floats(4), { classes: 2, input }));
  everyWrong(names('mean'), 'rule', (rule) => metrics.decode(floats(4), { classes: 2, rule }));
  everyWrong([...wrongKinds(null, 'x', 1), ...wrongNumbers([1], [2, 1], [0, Infinity])], 'positions', (positions) =>
    metrics.decode(floats(4), { classes: 2, positions }),
  );
  everyWrong([...labels, ...wrongNumbers([0], [0, 2])], 'actual', (value) =>
    metrics.rankedProbabilityScore(floats(4), value, { classes: 2 }),
  );
});

test('ground distances of metrics', () => {
  const wrong: [Anything, Wrong['type'], RegExp][] = [
    [undefined, TypeError, /^groundDistance: expected a GroundDistance/],
    [null, TypeError, /^groundDistance: /],
    ['ordered', TypeError, /^groundDistance: /],
    [{ kind: 'toString' }, TypeError, /^groundDistance: /],
    [{ kind: ['ordered'] }, TypeError, /^groundDistance: /],
    [circular([1, 1]), RangeError, /^groundDistance: expected one of 3 classes, received "circular of 2"/],
    [{ kind: 'ordered', gaps: [1] }, RangeError, /^groundDistance\.gaps: expected 2 elements/],
    [{ kind: 'circular', gaps: 'abc' }, TypeError, /^groundDistance\.gaps: /],
    [{ kind: 'tree' }, TypeError, /^groundDistance\.parents: /],
    [{ kind: 'tree', parents: [-1, 0, 0], lengths: [0] }, RangeError, /^groundDistance\.lengths: /],
    [{ kind: 'matrix', classes: 3 }, TypeError, /^groundDistance\.distances: /],
    ...[
      [1, 2, 0],
      [1, 1, -1],
      [-1, -1, 0],
      [-1, 3, 0],
      [-1, 0.5, 0],
      [-1, -2, 0],
    ].map((parents): [Anything, Wrong['type'], RegExp] => [
      { kind: 'tree', parents },
      RangeError,
      /^groundDistance\.parents: expected those of a tree/,
    ]),
  ];
  for (const [groundDistance, type, message] of wrong) {
    const options = { classes: 3, rule: 'least-cost', groundDistance } as const;
    throws(() => metrics.decode(floats(3), options), type, message, `decode, ${show(groundDistance)}`);
    throws(() => metrics.meanDistance([0], [1], groundDistance, { classes: 3 }), type, message, show(groundDistance));
  }
  for (const rule of ['argmax', 'median', 'mean'] as const) {
    throws(
      () => metrics.decode(floats(3), { classes: 3, rule, groundDistance: circular() }),
      TypeError,
      /^groundDistance: expected undefined, as the rule is not 'least-cost'/,
    );
  }
});

test.run();
