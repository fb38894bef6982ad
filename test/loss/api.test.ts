// The shape of the interface: names, defaults, fields, and both module systems.
// runner: wasm
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as api from '../../lib/index.js';
import { makeProblem, PLAIN } from '../../shared/oracle/problems.js';
import { Random } from '../../shared/oracle/random.js';
import { sameArray, sameBits } from '../support/bits.js';
import { throws } from '../support/errors.js';
import { seed } from '../support/scale.js';

const test = suite('interface');

const { EmdLoss, emdLoss, emdLossAsync } = api;
const predictions = new Random(seed).floats(24, () => 1).map((_, i) => Math.sin(i));
const targets = Int32Array.of(1, 5, 7);

const FIELDS = ['crossEntropy', 'emd', 'firstNonFinite', 'gradient', 'loss', 'losses', 'nonFinite', 'rows'];

test('a result has the documented fields', async () => {
  const results = [
    emdLoss(predictions, targets, { classes: 8 }),
    await emdLossAsync(predictions, targets, { classes: 8 }),
    new EmdLoss({ classes: 8 }).evaluate(predictions, targets),
    await new EmdLoss({ classes: 8 }).evaluateAsync(predictions, targets),
  ];
  for (const result of results) {
    assert.equal(Object.keys(result).sort(), FIELDS);
    assert.instance(result.gradient, Float32Array);
    assert.is((result.gradient as Float32Array).length, 24);
    assert.is(result.losses, null);
    assert.is(result.rows, 3);
    assert.is(result.nonFinite, 0);
    assert.is(result.loss, result.emd);
    for (const name of ['loss', 'crossEntropy', 'emd', 'rows', 'nonFinite'] as const)
      assert.type(result[name], 'number');
  }
});

test('losses are returned when asked for, and with reduction none', () => {
  const losses = (options: object) =>
    emdLoss(predictions, targets, { classes: 8, ...options }).losses as Float32Array | null;
  assert.is(losses({}), null);
  assert.is(losses({ losses: false, reduction: 'none' }), null);
  for (const options of [{ losses: true }, { reduction: 'none' }, { reduction: 'sum', losses: true }]) {
    assert.instance(losses(options), Float32Array);
    assert.is(losses(options)?.length, 3);
  }
});

test('gradient false gives null', () => {
  assert.is(emdLoss(predictions, targets, { classes: 8, gradient: false }).gradient, null);
});

test('reduction none gives NaN numbers', () => {
  const { loss, crossEntropy, emd, rows } = emdLoss(predictions, targets, { classes: 8, reduction: 'none' });
  assert.equal([loss, crossEntropy, emd, rows], [Number.NaN, Number.NaN, Number.NaN, 3]);
});

test('defaults are the documented ones', () => {
  const spelled: api.EmdOptions = {
    classes: 8,
    inner: 1,
    groundDistance: api.ordered(),
    power: 2,
    input: 'logits',
    crossEntropyWeight: 0,
    emdWeight: 1,
    normalization: 'sum',
    reduction: 'mean',
    upstream: 1,
    gradient: true,
    losses: false,
    device: 'cpu',
  };
  const [short, long] = [emdLoss(predictions, targets, { classes: 8 }), emdLoss(predictions, targets, spelled)];
  assert.is(short.loss, long.loss);
  sameBits(short.gradient, long.gradient, 'gradient');
  const undefinedOnes = Object.fromEntries(Object.keys(spelled).map((name) => [name, undefined]));
  sameBits(emdLoss(predictions, targets, { ...undefinedOnes, classes: 8 }).gradient, short.gradient, 'undefined');
});

test('a criterion keeps its options, and a call overrides the arrays', () => {
  const problem = makeProblem({ ...PLAIN, rows: 3, weights: 'both', reduction: 'none', upstream: 'rows' }, seed);
  const sampleWeights = problem.sampleWeights as Float32Array;
  const upstream = problem.upstream as Float32Array;
  const options = { classes: 8, reduction: 'none' as const, crossEntropyWeight: 0.5 };
  const criterion = new EmdLoss(options);
  const gradient = new Float32Array(24);
  const losses = new Float32Array(3);
  const result = criterion.evaluate(problem.predictions, targets, { gradient, losses, sampleWeights, upstream });
  const expected = emdLoss(problem.predictions, targets, { ...options, sampleWeights, upstream });
  sameArray(result.gradient, gradient);
  sameArray(result.losses, losses);
  sameBits(gradient, expected.gradient, 'gradient');
  sameBits(losses, expected.losses, 'losses');
  sameBits(
    criterion.evaluate(problem.predictions, targets).gradient,
    emdLoss(problem.predictions, targets, options).gradient,
    'later',
  );
});

test('a criterion takes batches of any size', () => {
  const criterion = new EmdLoss({ classes: 8, reduction: 'sum' });
  for (const rows of [3, 0, 1, 2, 3]) {
    assert.is(criterion.evaluate(predictions.subarray(0, 8 * rows), targets.subarray(0, rows)).rows, rows);
  }
});

test('options changed after construction do not matter', () => {
  const options: { classes: number; power: 1 | 2 } = { classes: 8, power: 2 };
  const criterion = new EmdLoss(options);
  const before = criterion.evaluate(predictions, targets).loss;
  options.classes = 3;
  options.power = 1;
  assert.is(criterion.evaluate(predictions, targets).loss, before);
});

test('the ground distance of a criterion can be swapped', () => {
  const criterion = new EmdLoss({ classes: 8 });
  const line = criterion.evaluate(predictions, targets).loss;
  const circle = api.circular();
  criterion.groundDistance = circle;
  assert.is(criterion.groundDistance, circle);
  assert.is(
    criterion.evaluate(predictions, targets).loss,
    emdLoss(predictions, targets, { classes: 8, groundDistance: circle }).loss,
  );
  criterion.groundDistance = api.ordered();
  assert.is(criterion.evaluate(predictions, targets).loss, line);
});

test('unit distances fit any number of classes', () => {
  for (const ground of [api.ordered(), api.circular()]) {
    for (const classes of [2, 3, 4, 6, 8, 12, 24, 2]) {
      assert.is(
        emdLoss(predictions, new Int32Array(24 / classes), { classes, groundDistance: ground }).rows,
        24 / classes,
      );
    }
  }
});

const GROUNDS: Record<string, () => api.GroundDistance> = {
  ordered: () => api.ordered(Float32Array.of(1, 2)),
  positions: () => api.positions([1, 2, 4]),
  circular: () => api.circular([1, 2, 3]),
  tree: () => api.tree([-1, 0, 0], [1, 2, 3]),
  matrix: () => api.matrix([0, 1, 2, 1, 0, 1, 2, 1, 0], 'xemd1'),
};

for (const [name, make] of Object.entries(GROUNDS)) {
  test(`${name} is frozen and printable`, () => {
    const ground = make();
    assert.ok(Object.isFrozen(ground));
    throws(() => Object.assign(ground, { kind: 'other' }), TypeError, /./);
    const kind = name === 'positions' ? 'ordered' : name;
    for (const text of [inspect(ground), String(ground), JSON.stringify(ground)]) assert.match(text, kind);
    assert.match(inspect(ground), /[12]/);
  });
}

test('values are copied when a ground distance is created', () => {
  const gaps = Float32Array.of(1, 1, 1, 1, 1, 1, 1);
  const parents = Int32Array.of(-1, 0, 1, 2, 3, 4, 5, 6);
  const distances = Float32Array.from({ length: 64 }, (_, n) => Math.abs((n >> 3) - (n & 7)));
  const grounds = [
    api.ordered(gaps),
    api.positions(Float32Array.from({ length: 8 }, (_, i) => i)),
    api.tree(parents),
    api.matrix(distances),
  ];
  const loss = () =>
    grounds.map((groundDistance) => emdLoss(predictions, targets, { classes: 8, groundDistance }).loss);
  const before = loss();
  gaps.fill(5);
  parents.fill(0);
  distances.fill(9);
  assert.equal(loss(), before);
});

test('info', () => {
  const { version, isa, isas, threads, cuda } = api.info();
  assert.is(version, require(join(__dirname, '../../../package.json')).version);
  assert.ok(isas.length > 0 && isas.every((name) => /^[a-z0-9-]+$/.test(name)), String(isas));
  assert.ok(isas.includes(isa));
  if (!process.env.SQUARED_EMD_ISA) assert.is(isa, isas[isas.length - 1], 'the best one is the default');
  assert.ok(Number.isInteger(threads) && threads >= 1);
  assert.ok(cuda, 'says something about CUDA');
});

test('setThreads shows in info', () => {
  const before = api.info().threads;
  api.setThreads(3);
  assert.is(api.info().threads, api.info().backend === 'wasm' ? 1 : 3);
  api.setThreads(before);
  assert.is(api.info().threads, before);
});

test('EmdError is an Error with a code', () => {
  const attempt = () => emdLoss(predictions, targets, { classes: 8, device: 0 });
  throws(attempt, api.EmdError, /./);
  throws(attempt, Error, /./);
});

const NAMES = [
  'DeviceArray',
  'EmdError',
  'EmdLoss',
  'Event',
  'Graph',
  'Stream',
  'circular',
  'emdLoss',
  'emdLossAsync',
  'info',
  'matrix',
  'ordered',
  'pinned',
  'positions',
  'setThreads',
  'tree',
  'pairwiseDistances',
  'ClassCentroids',
  'SelfGuidedEmd',
];
const root = join(__dirname, '../../..');
const node = (...parameters: string[]) =>
  execFileSync(process.execPath, parameters, { cwd: root, encoding: 'utf8' }).trim();
const program = `const missing = ${JSON.stringify(NAMES)}.filter((name) => typeof api[name] !== 'function');
  const { loss } = api.emdLoss(new Float32Array(4), [0], { classes: 4 });
  console.log(JSON.stringify({ missing, loss }));`;

test('require of the package, and of its folder', () => {
  for (const name of ['squared-emd', root]) {
    const output = node('-e', `const api = require(${JSON.stringify(name)}); ${program}`);
    assert.equal(JSON.parse(output), { missing: [], loss: 0.875 });
  }
});

test('import of the package, named and as a whole', () => {
  const output = node(
    '--input-type=module',
    '-e',
    `import * as api from 'squared-emd'; import { emdLoss } from 'squared-emd';
    if (emdLoss !== api.emdLoss) throw new Error('two of them'); ${program}`,
  );
  assert.equal(JSON.parse(output), { missing: [], loss: 0.875 });
});

test('the metrics, by require and by import', () => {
  const use = 'console.log(metrics.accuracy([1, 2], [1, 1]))';
  assert.is(node('-e', `const metrics = require('squared-emd/metrics'); ${use}`), '0.5');
  assert.is(node('--input-type=module', '-e', `import * as metrics from 'squared-emd/metrics'; ${use}`), '0.5');
});

test('both module systems share one instance', () => {
  const output = node(
    '--input-type=module',
    '-e',
    `import { createRequire } from 'node:module'; import * as api from 'squared-emd';
    console.log(createRequire(import.meta.url)('squared-emd').EmdLoss === api.EmdLoss)`,
  );
  assert.is(output, 'true');
});

test.run();
