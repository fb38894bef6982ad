import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import * as layers from '@tensorflow/tfjs-layers';
import Table from 'cli-table3';
import { emdLoss, metrics, selfGuided } from 'squared-emd/tfjs';
import { type Samples, splitSamples } from '../../shared/data.js';
import { lineFigure } from '../../shared/line-figure.js';
import { Random } from '../../shared/random.js';
import { readSamples } from '../../shared/read-samples.js';
import { estimate } from '../../shared/statistics.js';

const DATA = path.resolve(__dirname, '../../../data/diamonds_clarity.csv.gz'); // seen from dist/examples/tfjs
const OUT = path.resolve('results');
const CLASSES = 8;
const HIDDEN = 64;
const EPOCHS = 25;
const SEEDS = 4;
const ROWS = { train: 1000, validation: 0, test: 2000 };

/** The losses with which models are compiled. Only the first is tfjs's own. */
const LOSSES = ['categoricalCrossentropy', 'CE + 10 EMD', 'self-guided EMD'] as const;

const METRICS = [
  metrics.accuracyWithin(1, { rule: 'median' }),
  metrics.meanAbsoluteError({ rule: 'median' }),
  metrics.rankedProbabilityScore(),
];
const KEYS = ['val_accuracyWithin1', 'val_meanAbsoluteClassError', 'val_rankedProbabilityScore'] as const;

type Curve = Record<(typeof KEYS)[number], number[]>;

async function main(): Promise<void> {
  await tf.setBackend('wasm');
  const all = readSamples(DATA);
  const curves: Curve[][] = []; // [seed][loss]
  for (let seed = 1; seed <= SEEDS; seed++) {
    const split = splitSamples(all, ROWS, new Random(seed));
    const ofSeed: Curve[] = [];
    process.stdout.write(`seed ${seed} of ${SEEDS}:`);
    for (const name of LOSSES) {
      process.stdout.write(` ${name};`);
      ofSeed.push(await train(split.train, split.test, name, seed));
    }
    console.log();
    curves.push(ofSeed);
  }

  const table = new Table({ head: ['compiled with', 'within one, %', 'MAE', 'RPS'], style: { head: [], border: [] } });
  LOSSES.forEach((name, loss) => {
    const of = (key: keyof Curve, scale: number, digits: number) => {
      const { mean, halfWidth } = estimate(curves.map((ofSeed) => ofSeed[loss][key][EPOCHS - 1] * scale));
      return `${mean.toFixed(digits)} ± ${halfWidth.toFixed(digits)}`;
    };
    table.push([name, of(KEYS[0], 100, 1), of(KEYS[1], 1, 3), of(KEYS[2], 1, 3)]);
  });
  console.log(
    `Clarity of ${ROWS.test} diamonds, by the median, after ${EPOCHS} epochs on ${ROWS.train}; ${SEEDS} seeds, 95% intervals:\n${table}`,
  );
  mkdirSync(OUT, { recursive: true });
  const figure = path.join(OUT, 'tfjs-diamonds.svg');
  writeFileSync(figure, drawn(curves));
  console.log(`Learning curves: ${figure}`);
}

function classifier(features: number, seed: number): layers.LayersModel {
  const dense = (name: string, units: number, activation: 'relu' | 'softmax', inputShape?: number[]) =>
    layers.layers.dense({
      name,
      units,
      activation,
      inputShape,
      kernelInitializer: layers.initializers.heUniform({ seed: seed + units }),
    });
  const model = layers.sequential();
  model.add(dense('first', HIDDEN, 'relu', [features]));
  model.add(dense('features', HIDDEN, 'relu'));
  model.add(dense('classes', CLASSES, 'softmax'));
  return model;
}

async function train(samples: Samples, test: Samples, name: (typeof LOSSES)[number], seed: number): Promise<Curve> {
  const model = classifier(samples.features, seed);
  const [x, y] = tensors(samples);
  const validationData = tensors(test);
  const guided = name === 'self-guided EMD' ? selfGuided(model, { featureLayer: 'features' }) : undefined;
  const loss =
    guided?.loss ?? (name === 'categoricalCrossentropy' ? name : emdLoss({ crossEntropyWeight: 1, emdWeight: 10 }));
  model.compile({ optimizer: tf.train.adam(0.001), loss, metrics: METRICS });
  const { history } = await model.fit(x, y, {
    epochs: EPOCHS,
    batchSize: 64,
    validationData,
    verbose: 0,
    ...(guided && { callbacks: guided.callback }),
  });
  model.dispose();
  tf.dispose([x, y, ...validationData]);
  return history as unknown as Curve;
}

function tensors({ rows, features, inputs, labels }: Samples): [tf.Tensor, tf.Tensor] {
  const oneHot = tf.tidy(() => tf.cast(tf.oneHot(tf.tensor1d(labels, 'int32'), CLASSES), 'float32'));
  return [tf.tensor2d(inputs, [rows, features]), oneHot];
}

function drawn(curves: readonly Curve[][]): string {
  const panels = [
    { title: 'within one, %', key: KEYS[0], scale: 100 },
    { title: 'RPS', key: KEYS[2], scale: 1 },
  ];
  return lineFigure({
    title: `Clarity of diamonds, ${ROWS.train} training samples, TensorFlow.js`,
    subtitle: 'test scores, mean and 95% interval over seeds',
    panels: panels.map(({ title, key, scale }) => ({
      title,
      xTitle: 'epoch',
      x: Array.from({ length: EPOCHS }, (_, i) => `${i + 1}`),
      lines: LOSSES.map((name, loss) => ({
        name,
        scale,
        points: Array.from({ length: EPOCHS }, (_, epoch) =>
          estimate(curves.map((ofSeed) => ofSeed[loss][key][epoch])),
        ),
      })),
    })),
  });
}

void main();
