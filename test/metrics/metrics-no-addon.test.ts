// Metrics are plain JavaScript: they work where the addon must not or cannot be loaded.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('metrics without the addon');

const root = join(__dirname, '../../..');

/** Every function, and each kind of ground distance as another thread would get it. */
const USE_ALL = `
  const p = Float32Array.of(0.5, 0.25, 0.25, 0, 0, 1);
  const grounds = [
    { kind: 'ordered', classes: 3, gaps: [1, 2] },
    { kind: 'circular' },
    { kind: 'tree', classes: 3, parents: [-1, 0, 0] },
    { kind: 'matrix', classes: 3, distances: [0, 1, 2, 1, 0, 1, 2, 1, 0], exponent: 2, offset: 0 },
  ];
  const predicted = metrics.decode(p, { classes: 3 });
  const actual = [0, 1];
  const found = [
    ...['median', 'mean'].map((rule) => metrics.decode(p, { classes: 3, rule, input: 'logits' })),
    ...grounds.map((groundDistance) => metrics.decode(p, { classes: 3, rule: 'least-cost', groundDistance })),
    ...grounds.map((ground) => metrics.meanDistance(predicted, actual, ground, { classes: 3 })),
    metrics.softmax(p, { classes: 3 }),
    metrics.rankedProbabilityScore(p, actual, { classes: 3 }),
    metrics.accuracyWithin(predicted, actual, 1),
    ...['accuracy', 'meanAbsoluteError'].map((name) => metrics[name](predicted, actual)),
    ...['macroAverageError', 'maximumAverageError', 'linearWeightedKappa', 'quadraticWeightedKappa', 'confusionMatrix'].map(
      (name) => metrics[name](predicted, actual, 3, { ignoreIndex: -1 }),
    ),
  ];
  const used = new Set(Object.keys(metrics).filter((name) => typeof metrics[name] === 'function'));
  console.log(JSON.stringify([found.length, [...used].sort()]));`;

const FUNCTIONS = [
  'accuracy',
  'accuracyWithin',
  'confusionMatrix',
  'decode',
  'linearWeightedKappa',
  'macroAverageError',
  'maximumAverageError',
  'meanAbsoluteError',
  'meanDistance',
  'quadraticWeightedKappa',
  'rankedProbabilityScore',
  'softmax',
];

function run(...parameters: string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, parameters, { cwd: root, encoding: 'utf8' });
  assert.is(status, 0, stderr);
  return stdout.trim();
}

test('with --no-addons, by require and by import', () => {
  const expected = JSON.stringify([20, FUNCTIONS]);
  assert.is(run('--no-addons', '-e', `const metrics = require('squared-emd/metrics'); ${USE_ALL}`), expected);
  assert.is(
    run(
      '--no-addons',
      '--input-type=module',
      '-e',
      `import * as all from 'squared-emd/metrics'; const metrics = { ...all }; ${USE_ALL}`,
    ),
    expected,
  );
});

test('with an addon at hand none is loaded', () => {
  const watch = `process.dlopen = () => { throw new Error('an addon was loaded'); };`;
  const loaded = `const native = Object.keys(require.cache).filter((file) => /\\.node$|node-gyp-build/.test(file));
    if (native.length > 0) throw new Error(native.join());`;
  run('-e', `${watch} const metrics = require('squared-emd/metrics'); ${USE_ALL} ${loaded}`);
});

test.run();
