// What the study of evidence/ rests on: its networks, its own losses and correlations, and that a run that was stopped goes on.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { brierCriterion, type Criterion, regressionCriterion } from '../../evidence/criterion.js';
import { runTask, splitRows, type Task } from '../../evidence/experiment.js';
import { gainFigure } from '../../evidence/report/gain-figure.js';
import { groundPictures } from '../../evidence/report/ground-pictures.js';
import { ABSOLUTE_ERROR, ACCURACY, RPS, WITHIN_ONE } from '../../evidence/report/metrics.js';
import { readGroups } from '../../evidence/report/results.js';
import { Group } from '../../evidence/report/summary.js';
import { softmaxRows } from '../../evidence/scores.js';
import { Store } from '../../evidence/store.js';
import { splitSamples } from '../../shared/data.js';
import { Architecture, initialParameters, Network, type Sizes } from '../../shared/network.js';
import { Random } from '../../shared/oracle/random.js';
import { Random as StudyRandom } from '../../shared/random.js';
import { orderCorrelation, spearman } from '../../shared/spearman.js';
import { estimate } from '../../shared/statistics.js';
import { near } from '../support/near.js';

const test = suite('evidence');
const SEED = 7;

/** The network of shared/network.ts in double precision, written naively. */
class SlowNetwork {
  private mean: number[];
  private square: number[];
  private steps = 0;

  constructor(
    readonly sizes: Sizes,
    readonly parameters: number[],
  ) {
    this.mean = parameters.map(() => 0);
    this.square = parameters.map(() => 0);
  }

  private offset(layer: number): number {
    let offset = 0;
    for (let i = 0; i < layer; i++) offset += (this.sizes[i] + 1) * this.sizes[i + 1];
    return offset;
  }

  private layer(input: number[], layer: number): number[] {
    const [inputs, outputs] = [this.sizes[layer], this.sizes[layer + 1]];
    const weights = this.offset(layer);
    return Array.from({ length: outputs }, (_, j) => {
      let sum = this.parameters[weights + inputs * outputs + j];
      for (let i = 0; i < inputs; i++) sum += input[i] * this.parameters[weights + i * outputs + j];
      return layer < 2 ? Math.max(0, sum) : sum;
    });
  }

  activations(input: number[]): number[][] {
    const all = [input];
    for (let layer = 0; layer < 3; layer++) all.push(this.layer(all[layer], layer));
    return all;
  }

  step(inputs: number[][], deltas: number[][]): void {
    const gradient = this.parameters.map(() => 0);
    inputs.forEach((input, row) => {
      const all = this.activations(input);
      let delta = deltas[row];
      for (let layer = 2; layer >= 0; layer--) {
        const [count, outputs] = [this.sizes[layer], this.sizes[layer + 1]];
        const weights = this.offset(layer);
        for (let j = 0; j < outputs; j++) {
          gradient[weights + count * outputs + j] += delta[j];
          for (let i = 0; i < count; i++) gradient[weights + i * outputs + j] += all[layer][i] * delta[j];
        }
        const behind = delta;
        delta = all[layer].map((activation, i) => {
          if (activation <= 0) return 0;
          return behind.reduce((sum, d, j) => sum + d * this.parameters[weights + i * outputs + j], 0);
        });
      }
    });
    this.steps++;
    gradient.forEach((g, i) => {
      this.mean[i] = 0.9 * this.mean[i] + 0.1 * g;
      this.square[i] = 0.999 * this.square[i] + 0.001 * g * g;
      const mean = this.mean[i] / (1 - 0.9 ** this.steps);
      const square = this.square[i] / (1 - 0.999 ** this.steps);
      this.parameters[i] -= (1e-3 * mean) / (Math.sqrt(square) + 1e-8);
    });
  }
}

test('networks and their steps are those of a naive one in double precision', async () => {
  const sizes: Sizes = [5, 7, 6, 3];
  const rows = 9;
  const random = new Random(SEED);
  const parameters = initialParameters(sizes, (low, high) => random.between(low, high));
  const network = new Network(await Architecture.create(sizes), parameters);
  const slow = new SlowNetwork(sizes, Array.from(parameters));
  for (let step = 0; step < 20; step++) {
    const inputs = Array.from({ length: rows }, () => Array.from(random.floats(sizes[0], () => random.normal())));
    const deltas = Array.from({ length: rows }, () => Array.from(random.floats(sizes[3], () => random.normal())));
    const { logits, features } = await network.forward(Float32Array.from(inputs.flat()));
    const expected = inputs.map((input) => slow.activations(input));
    near(
      logits,
      expected.flatMap((all) => all[3]),
      1e-4,
      `step ${step}: logits`,
    );
    near(
      features,
      expected.flatMap((all) => all[2]),
      1e-4,
      `step ${step}: features`,
    );
    await network.step(Float32Array.from(deltas.flat()));
    slow.step(inputs, deltas);
  }
  near(network.parameters, slow.parameters, 1e-4, 'parameters');
});

const OWN_LOSSES: [string, (labels: Int32Array) => Criterion, (outputs: Float32Array, labels: Int32Array) => number][] =
  [
    [
      'Brier score',
      () => brierCriterion({ classes: 4, ordered: false }),
      (logits, labels) => {
        const p = softmaxRows(logits.slice(), 4);
        let sum = 0;
        for (let i = 0; i < p.length; i++) sum += (p[i] - (labels[Math.floor(i / 4)] === i % 4 ? 1 : 0)) ** 2;
        return sum / labels.length;
      },
    ],
    [
      'regression',
      (labels) => regressionCriterion({ classes: 4, ordered: true }, labels),
      (outputs, labels) => {
        const mean = labels.reduce((a, b) => a + b) / labels.length;
        const deviation = Math.sqrt(labels.reduce((sum, y) => sum + (y - mean) ** 2, 0) / labels.length);
        return outputs.reduce((sum, y, row) => sum + (y - (labels[row] - mean) / deviation) ** 2, 0) / labels.length;
      },
    ],
  ];

for (const [name, create, loss] of OWN_LOSSES) {
  test(`the gradient of the ${name} is that of finite differences`, () => {
    const random = new Random(SEED);
    const labels = Int32Array.of(0, 3, 1, 2, 3);
    const criterion = create(labels);
    const outputs = random.floats(labels.length * criterion.outputs, () => random.normal());
    const gradient = outputs.slice();
    criterion.differentiate(gradient, new Float32Array(0), labels);
    const h = 2 ** -8;
    gradient.forEach((g, i) => {
      const [up, down] = [outputs.slice(), outputs.slice()];
      up[i] += h;
      down[i] -= h;
      const slope = (loss(up, labels) - loss(down, labels)) / (up[i] - down[i]);
      assert.ok(Math.abs(g - slope) < 1e-4, `output ${i}: expected ${slope}, received ${g}`);
    });
  });
}

test('rank correlations: ties share the mean of their ranks', () => {
  assert.ok(Math.abs(spearman([1, 2, 3, 4], [10, 20, 30, 40]) - 1) < 1e-12);
  assert.ok(Math.abs(spearman([1, 2, 3, 4], [4, 3, 2, 1]) + 1) < 1e-12);
  // scipy.stats.spearmanr([1, 2, 2, 3], [1, 3, 2, 2])
  assert.ok(Math.abs(spearman([1, 2, 2, 3], [1, 3, 2, 2]) - 0.5) < 1e-12);
  const line = Float32Array.from({ length: 25 }, (_, i) => Math.abs(Math.floor(i / 5) - (i % 5)));
  assert.ok(Math.abs(orderCorrelation(line, 5) - 1) < 1e-12);
});

test('parts of a split share no row; the test rows do not depend on the number of training rows', () => {
  const rows = 60;
  const all = {
    rows,
    features: 2,
    // The first column names the row; the second is constant where the training rows end up, or not.
    inputs: Float32Array.from({ length: 2 * rows }, (_, i) => (i % 2 === 0 ? i / 2 : 1)),
    labels: Int32Array.from({ length: rows }, (_, row) => row),
  };
  const split = (train: number) => splitSamples(all, { test: 15, validation: 10, train }, new StudyRandom(SEED));
  const [small, large] = [split(8), split(35)];
  for (const { train, validation, test: tested } of [small, large]) {
    const labels = [train, validation, tested].flatMap((part) => Array.from(part.labels));
    assert.is(new Set(labels).size, labels.length, 'each row once');
    const mean = train.inputs.reduce((a, b) => a + b, 0) / train.rows;
    const variance = train.inputs.reduce((sum, x) => sum + (x - mean) ** 2, 0) / train.rows;
    assert.is(train.features, 1, 'the constant column is gone');
    assert.ok(Math.abs(mean) < 1e-5 && Math.abs(variance - 1) < 1e-5, 'standardized by the training rows');
  }
  assert.equal(small.test.labels, large.test.labels);
  assert.equal(small.validation.labels, large.validation.labels);
});

test('intervals are those of Student', () => {
  // scipy.stats.t.ppf(0.975, 9) * std / sqrt(10)
  const { mean, halfWidth } = estimate([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  assert.is(mean, 5.5);
  assert.ok(Math.abs(halfWidth - 2.16585) < 1e-3, `${halfWidth}`);
});

test('verdicts: the interval excludes 0, and the sign is read by the metric', async () => {
  const task: Task = { problem: 'hpc', trainRows: 64, epochs: 6, seed: 1, keepDistances: false };
  const result = await runTask(task, () => {});
  const seeds = [0.01, 0.02, 0.015, 0.012].map((gain) => {
    const copy = structuredClone(result);
    const by = (loss: string) => copy.runs.find((run) => run.loss === loss) as (typeof copy.runs)[number];
    by('emd').best.test.argmax.accuracy = by('ce').best.test.argmax.accuracy + gain;
    by('emd').best.test.argmax.absoluteError = by('ce').best.test.argmax.absoluteError + gain;
    by('emd').best.test.argmax.withinOne = by('ce').best.test.argmax.withinOne + (gain > 0.014 ? gain : -gain);
    return copy;
  });
  const group = new Group(seeds);
  const pair = [{ loss: 'emd' }, { loss: 'ce' }] as const;
  assert.ok(Math.abs((group.difference(pair, ACCURACY, 'best')?.mean ?? 0) - 0.01425) < 1e-9);
  assert.is(group.verdict(pair, ACCURACY, 'best'), 'better');
  assert.is(group.verdict(pair, ABSOLUTE_ERROR, 'best'), 'worse');
  assert.is(group.verdict(pair, WITHIN_ONE, 'best'), 'undecided');
  assert.is(group.verdict([{ loss: 'regression' }, { loss: 'ce' }], RPS, 'best'), 'none');
});

test('parts of a split fit into the data', () => {
  for (const all of [2930, 53940, 4331]) {
    for (const train of [300, 1000, 2500]) {
      const rows = splitRows(all, train);
      assert.ok(rows.test + rows.validation + rows.train <= all, `${all} rows, ${train} to train on`);
      assert.is(rows.train, Math.min(train, Math.floor(0.6 * all)));
    }
  }
});

test('a task gives the same numbers again; a store knows it until programs, losses or settings differ', async () => {
  const task: Task = { problem: 'hpc', trainRows: 64, epochs: 5, seed: 3, keepDistances: true };
  const folder = mkdtempSync(path.join(tmpdir(), 'squared-emd-evidence-'));
  try {
    const store = new Store(folder);
    assert.is(store.find(task), undefined);
    let steps = 0;
    const result = await runTask(task, (done) => {
      steps += done;
    });
    assert.equal(result.runs, (await runTask(task, () => {})).runs);
    assert.is(Math.round(steps), result.runs.length * task.epochs);
    store.add(result);
    assert.is(store.find(task)?.runs.length, result.runs.length);
    assert.is(store.find({ ...task, epochs: 6 }), undefined);
    store.add({ ...result, made: { ...result.made, fingerprint: 'of other programs' } });
    assert.is(store.find(task), undefined, 'made by other programs');
    store.add({ ...result, runs: result.runs.slice(1) });
    assert.is(store.find(task), undefined, 'a loss is missing');
    writeFileSync(path.join(folder, 'tasks', 'hpc-64-3.json'), '{"task":');
    assert.is(store.find(task), undefined, 'half a file');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the pictures of ground distances are those that npm run pictures writes, and no text is cut off', () => {
  for (const [name, svg] of Object.entries(groundPictures())) {
    assert.is(readFileSync(path.join(__dirname, `../../../docs/pictures/${name}.svg`), 'utf8'), svg, name);
    const width = Number(/ width="(\d+)"/.exec(svg)?.[1]);
    for (const [, x, style, anchor, words] of svg.matchAll(
      /<text x="([\d.]+)" y="[\d.]+"(?: class="(\w+)")? text-anchor="(\w+)">([^<]+)/g,
    )) {
      const size = style === 'small' ? 12 : style === 'title' ? 15 : 14;
      const length = words.length * size * 0.56; // of a wide font, on average
      const left = Number(x) - { start: 0, middle: length / 2, end: length }[anchor as 'start' | 'middle' | 'end'];
      assert.ok(left >= 4 && left + length <= width - 4, `${name}: ${words}`);
    }
  }
});

test('the figure of the gains is that of the results beside it', () => {
  const kept = (name: string) => readFileSync(path.join(__dirname, '../../../docs/evidence', name), 'utf8');
  assert.is(kept('gains.svg'), gainFigure(readGroups(JSON.parse(kept('results.json')))));
});

test('lambda is chosen on validation samples, whatever the test samples say', async () => {
  const task: Task = { problem: 'hpc', trainRows: 64, epochs: 6, seed: 1, keepDistances: false };
  const result = await runTask(task, () => {});
  const mixes = result.runs.filter(({ loss }) => loss === 'mix');
  mixes.forEach((run, i) => {
    run.best.validation = i === 2 ? 0.1 : 0.2;
    run.best.test.argmax.accuracy = i === 2 ? 0 : 1;
  });
  const [chosen] = new Group([result]).runs({ loss: 'mix' }, 'best');
  assert.is(chosen.lambda, mixes[2].lambda);
});

test.run();
