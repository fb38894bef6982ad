import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import Table from 'cli-table3';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { accuracy, accuracyWithin, decode, meanAbsoluteError, rankedProbabilityScore } from 'squared-emd/metrics';
import { type Samples, splitSamples } from '../../shared/data.js';
import { lineFigure } from '../../shared/line-figure.js';
import { Random } from '../../shared/random.js';
import { readSamples } from '../../shared/read-samples.js';
import { estimate } from '../../shared/statistics.js';
import { FEATURES, makeBackbone } from './backbone.js';
import { headLosses, trainHead, withHead } from './head.js';

const DATA = path.resolve(__dirname, '../../../data'); // seen from dist/examples/onnxruntime-finetune
const OUT = path.resolve('results');
const COARSE = 10;
const CLASSES = 20;
const EPOCHS = 60;
const SEEDS = 4;

/** The scores of a head on test samples, in the order of the table. */
type Scores = [accuracy: number, withinOne: number, absoluteError: number, rps: number];

async function main(): Promise<void> {
  const fine = readSamples(path.join(DATA, 'ames_price20.csv.gz'));
  const coarse = readSamples(path.join(DATA, 'ames_price.csv.gz'));
  const curves: Scores[][][] = []; // [seed][loss][epoch]
  let names: string[] = [];
  let model: Uint8Array = new Uint8Array();
  let last: Samples | undefined;

  for (let seed = 1; seed <= SEEDS; seed++) {
    process.stdout.write(`seed ${seed} of ${SEEDS}: backbone`);
    // 1200 houses in 10 bands for the backbone, 300 others in 20 bands for the head, and 879 for the test.
    const rows = { validation: 1200, train: 300, test: 879 };
    const forBackbone = splitSamples(coarse, rows, new Random(seed)).validation;
    const { train, test } = splitSamples(fine, rows, new Random(seed));
    const backbone = await makeBackbone(forBackbone, COARSE, new Random(seed));
    const session = await InferenceSession.create(backbone);
    const [ownTrain, ownTest] = [await featuresOf(session, train), await featuresOf(session, test)];
    const losses = headLosses(CLASSES, ownTrain.features);
    names = losses.map(({ name }) => name);
    const ofSeed: Scores[][] = [];
    for (const loss of losses) {
      process.stdout.write(`, ${loss.name}`);
      const curve: Scores[] = [];
      const parameters = await trainHead(ownTrain, ownTest, CLASSES, loss, EPOCHS, seed, (logits) => {
        curve.push(scoresOf(softmax(logits), test.labels));
      });
      ofSeed.push(curve);
      if (loss === losses[1]) model = withHead(backbone, parameters, ownTrain.features, CLASSES);
    }
    curves.push(ofSeed);
    last = test;
    console.log();
  }

  const table = new Table({
    head: ['head trained with', 'accuracy, %', 'within one, %', 'MAE', 'RPS'],
    style: { head: [], border: [] },
  });
  names.forEach((name, loss) => {
    const of = (metric: number, scale: number, digits: number) => {
      const { mean, halfWidth } = estimate(curves.map((ofSeed) => ofSeed[loss][EPOCHS - 1][metric] * scale));
      return `${mean.toFixed(digits)} ± ${halfWidth.toFixed(digits)}`;
    };
    table.push([name, of(0, 100, 1), of(1, 100, 1), of(2, 1, 2), of(3, 1, 2)]);
  });
  console.log(`Test scores by the median, ${SEEDS} seeds, 95% intervals:\n${table}`);

  mkdirSync(OUT, { recursive: true });
  const figure = path.join(OUT, 'onnxruntime-finetune.svg');
  writeFileSync(figure, drawn(curves, names));
  const file = path.join(OUT, 'house-prices.onnx');
  writeFileSync(file, model);
  await check(file, last as Samples, curves[SEEDS - 1][1][EPOCHS - 1]);
  console.log(`Learning curves: ${figure}\nBackbone and head as one model: ${file}`);
}

/** The samples in the space of the backbone. */
async function featuresOf(session: InferenceSession, samples: Samples): Promise<Samples> {
  const inputs = new Tensor('float32', samples.inputs, [samples.rows, samples.features]);
  const { [FEATURES]: features } = await session.run({ inputs });
  return { ...samples, features: features.dims[1], inputs: features.data as Float32Array };
}

function softmax(logits: Float32Array): Float32Array {
  for (let start = 0; start < logits.length; start += CLASSES) {
    const row = logits.subarray(start, start + CLASSES);
    const highest = Math.max(...row);
    const sum = row.reduce((total, z) => total + Math.exp(z - highest), 0);
    row.forEach((z, i) => {
      row[i] = Math.exp(z - highest) / sum;
    });
  }
  return logits;
}

function scoresOf(probabilities: Float32Array, labels: Int32Array): Scores {
  const predicted = decode(probabilities, { classes: CLASSES, rule: 'median' });
  return [
    accuracy(predicted, labels),
    accuracyWithin(predicted, labels, 1),
    meanAbsoluteError(predicted, labels),
    rankedProbabilityScore(probabilities, labels, { classes: CLASSES }),
  ];
}

function drawn(curves: readonly Scores[][][], names: readonly string[]): string {
  const panels = [
    { title: 'within one, %', metric: 1, scale: 100 },
    { title: 'RPS', metric: 3, scale: 1 },
  ];
  return lineFigure({
    title: 'Fine-tuning a head on 300 house prices',
    subtitle: 'test scores, mean and 95% interval over seeds',
    panels: panels.map(({ title, metric, scale }) => ({
      title,
      xTitle: 'epoch',
      x: Array.from({ length: EPOCHS }, (_, i) => `${i + 1}`),
      lines: names.map((name, loss) => ({
        name,
        scale,
        points: Array.from({ length: EPOCHS }, (_, epoch) =>
          estimate(curves.map((ofSeed) => ofSeed[loss][epoch][metric])),
        ),
      })),
    })),
  });
}

/** Checks that the written model scores as the head did in training. */
async function check(file: string, test: Samples, expected: Scores): Promise<void> {
  const session = await InferenceSession.create(file);
  const inputs = new Tensor('float32', test.inputs, [test.rows, test.features]);
  const { probabilities } = await session.run({ inputs });
  const scores = scoresOf(probabilities.data as Float32Array, test.labels);
  const off = Math.max(...scores.map((score, i) => Math.abs(score - expected[i])));
  if (off > 1e-3) throw new Error(`the written model scores ${scores}, the trained one ${expected}`);
}

void main();
