// The example of classes' names: that the stored embeddings are those of the data's classes and say what the names mean, that its
// controls differ from the names in nothing but what they say, and that it runs.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { lossesOf, nameDistances, readClasses, readFoods } from '../../examples/class-names/main.js';
import { energy } from '../../lib/index.js';
import { Random } from '../../shared/random.js';
import { near } from '../support/near.js';

const test = suite('class names');
const root = path.join(__dirname, '../../..');
const classes = readClasses();

test('each class of the data has a name, and each name an embedding of length 1', () => {
  const { labels, inputs } = readFoods();
  assert.equal(
    [...new Set(labels)].sort((a, b) => a - b),
    classes.map((_, i) => i),
  );
  assert.ok(inputs.every(Number.isFinite));
  for (const { name, words, vector } of classes) {
    assert.is(vector.length, 100, name);
    near([Math.hypot(...vector)], [1], 0.005, name); // of numbers with three decimals
    for (const word of words) assert.ok(name.toLowerCase().includes(word), `${word} in ${name}`);
  }
});

test('distances say what names mean, and are taken as an energy', () => {
  const distances = nameDistances(classes);
  energy(distances);
  near([Math.max(...distances)], [classes.length - 1], 1e-6, 'the largest distance');
  const at = (name: string) => classes.findIndex((one) => one.name === name);
  const nearestTo = (name: string) => {
    const row = Array.from(distances.subarray(at(name) * classes.length, (at(name) + 1) * classes.length));
    const others = row.map((d, j) => ({ d, name: classes[j].name })).filter((one) => one.name !== name);
    return others.sort((a, b) => a.d - b.d)[0].name;
  };
  assert.is(nearestTo('Pork Products'), 'Beef Products');
  assert.is(nearestTo('Breakfast Cereals'), 'Cereal Grains and Pasta');
  assert.is(nearestTo('Restaurant Foods'), 'Fast Foods');
});

test('names, permuted names and equal distances give different gradients; cross entropy comes first', () => {
  const losses = Object.values(lossesOf(nameDistances(classes), new Random(1))).slice(0, 4);
  const gradients = losses.map((create) => {
    const logits = Float32Array.from(classes, (_, i) => Math.sin(i));
    create().differentiate(logits, new Float32Array(0), Int32Array.of(3));
    return Array.from(logits);
  });
  const odds = classes.map((_, i) => Math.exp(Math.sin(i)));
  const sum = odds.reduce((a, b) => a + b);
  near(
    gradients[0],
    odds.map((odd, i) => odd / sum - (i === 3 ? 1 : 0)),
    1e-6,
    'cross entropy',
  );
  assert.is(new Set(gradients.map((gradient) => gradient.join())).size, 4);
});

test('it runs, and reports every loss', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['dist/examples/class-names/main.js', '--quick'], {
    cwd: root,
    encoding: 'utf8',
  });
  assert.is(status, 0, stderr);
  for (const name of Object.keys(lossesOf(nameDistances(classes), new Random(1))))
    assert.ok(stdout.includes(name), name);
  assert.not.match(stdout, /NaN/);
});

test.run();
