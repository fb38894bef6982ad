// Gives a network with few samples per class what a language model knows about the classes' names: squared EMD over the distances
// between embeddings of the names.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { EmdLoss, energy, pairwiseDistances, SelfGuidedEmd } from 'squared-emd';
import { accuracy, decode, meanDistance } from 'squared-emd/metrics';
import { type Samples, selectRows, splitSamples } from '../../shared/data.js';
import { Architecture, initialParameters, Network } from '../../shared/network.js';
import { Random } from '../../shared/random.js';
import { readSamples } from '../../shared/read-samples.js';
import { estimate } from '../../shared/statistics.js';

const ROOT = path.resolve(__dirname, '../../..'); // seen from dist/examples/class-names
const HIDDEN = 64;
const BATCH = 32;
const RATE = 3e-3;
const PATIENCE = 25;
/** The default of SelfGuidedEmd, for distances of which the largest is one less than the number of classes. */
const LAMBDA = 3;
const TRAIN = [120, 240, 480];
const ROWS = { validation: 240, test: 3000 };
const SEEDS = 30;

/** A name in the source, the words in it that count, and their embedding. */
interface NamedClass {
  name: string;
  words: string[];
  vector: number[];
}

export const readClasses = (): NamedClass[] =>
  JSON.parse(readFileSync(path.join(ROOT, 'examples/class-names/food-groups.json'), 'utf8')).groups;

/** Distances between the embeddings of the names, [classes, classes]; the largest is one less than the number of classes. */
export function nameDistances(classes: readonly NamedClass[]): Float32Array {
  const vectors = Float32Array.from(classes.flatMap(({ vector }) => vector));
  return scaled(pairwiseDistances(vectors, { rows: classes.length }), classes.length - 1);
}

function scaled(distances: Float32Array, largest: number): Float32Array {
  const factor = largest / distances.reduce((a, b) => Math.max(a, b));
  return distances.map((d) => d * factor);
}

/** The mean of the distances between different classes. */
function meanOf(distances: Float32Array): number {
  const classes = Math.sqrt(distances.length);
  return distances.reduce((a, b) => a + b) / (classes * (classes - 1));
}

/** A loss with which a network is trained. The gradient overwrites the logits. */
interface Loss {
  observe?(features: Float32Array, labels: Int32Array): void;
  differentiate(logits: Float32Array, features: Float32Array, labels: Int32Array): void;
  endEpoch?(): void;
}

/** The losses to compare, by name. The first is cross entropy; the others differ in the distances between the classes. */
export function lossesOf(distances: Float32Array, random: Random): Record<string, () => Loss> {
  const classes = Math.sqrt(distances.length);
  const order = random.permutation(classes);
  const permuted = distances.map((_, at) => distances[order[Math.floor(at / classes)] * classes + order[at % classes]]);
  const equal = distances.map((d) => (d === 0 ? 0 : meanOf(distances)));
  return {
    'cross entropy': () => withEnergy(distances, 0),
    [`+ ${LAMBDA} energy of the names`]: () => withEnergy(distances, LAMBDA),
    '  control: names permuted': () => withEnergy(permuted, LAMBDA),
    '  control: equal distances': () => withEnergy(equal, LAMBDA),
    SelfGuidedEmd: () => learned(classes),
    '  with the names as prior': () => learned(classes, distances),
  };
}

function withEnergy(distances: Float32Array, emdWeight: number): Loss {
  const classes = Math.sqrt(distances.length);
  const loss = new EmdLoss({ classes, groundDistance: energy(distances), crossEntropyWeight: 1, emdWeight });
  return { differentiate: (logits, _, labels) => void loss.evaluate(logits, labels, { gradient: logits }) };
}

function learned(classes: number, prior?: Float32Array): Loss {
  const loss = new SelfGuidedEmd({ classes, features: HIDDEN, prior });
  return {
    observe: (features, labels) => {
      loss.observe(features, labels);
      loss.refresh();
    },
    differentiate: (logits, features, labels) => void loss.evaluate(logits, features, labels, { gradient: logits }),
    endEpoch: () => loss.endEpoch(),
  };
}

/** Reads the foods. Nutrients vary over powers of ten, and many are 0. */
export function readFoods(): Samples {
  const foods = readSamples(path.join(ROOT, 'data/food_group.csv.gz'));
  return { ...foods, inputs: foods.inputs.map(Math.log1p) };
}

interface Scores {
  accuracy: number;
  /** The mean distance between decision and label, over all samples; 1 is the mean distance between two classes. */
  cost: number;
  /** The same over mistakes only. */
  mistake: number;
  brier: number;
  logLoss: number;
}

/** The scores of a network on test samples, after the epoch with the best Brier score on validation samples. */
export async function train(
  loss: Loss,
  split: { train: Samples; validation: Samples; test: Samples },
  { classes, costs, seed, epochs }: { classes: number; costs: Float32Array; seed: number; epochs: number },
): Promise<Scores> {
  const { train, validation, test } = split;
  const random = new Random(seed);
  const sizes = [train.features, HIDDEN, HIDDEN, classes];
  const parameters = initialParameters(sizes, (low, high) => random.uniform(low, high));
  const network = new Network(await Architecture.create(sizes), parameters, RATE);
  const first = await network.forward(train.inputs);
  loss.observe?.(first.features, train.labels);

  const brier = brierOf(classes);
  let best = { epoch: 0, score: Number.POSITIVE_INFINITY, parameters };
  for (let epoch = 1; epoch <= epochs && epoch <= best.epoch + PATIENCE; epoch++) {
    const order = random.permutation(train.rows);
    for (let start = 0; start < train.rows; start += BATCH) {
      const { inputs, labels } = selectRows(train, order.slice(start, start + BATCH));
      const { logits, features } = await network.forward(inputs);
      loss.differentiate(logits, features, labels);
      await network.step(logits);
    }
    loss.endEpoch?.();
    const score = brier((await network.forward(validation.inputs)).logits, validation.labels).brier;
    if (score < best.score) best = { epoch, score, parameters: network.parameters };
  }

  network.restore(best.parameters);
  const { logits } = await network.forward(test.inputs);
  const decisions = decode(logits, { classes }); // the most probable class
  const hits = accuracy(decisions, test.labels);
  const cost = meanDistance(decisions, test.labels, energy(costs), { classes });
  return { accuracy: hits, cost, mistake: cost / (1 - hits), ...brier(logits, test.labels) };
}

/** The Brier score is twice the energy of equal distances. */
function brierOf(classes: number): (logits: Float32Array, labels: Int32Array) => { brier: number; logLoss: number } {
  const equal = Float32Array.from({ length: classes ** 2 }, (_, at) => (at % (classes + 1) === 0 ? 0 : 1));
  const loss = new EmdLoss({ classes, groundDistance: energy(equal), crossEntropyWeight: 1 });
  return (logits, labels) => {
    const { emd, crossEntropy } = loss.evaluate(logits, labels, { gradient: false });
    return { brier: 2 * emd, logLoss: crossEntropy };
  };
}

const COLUMNS: readonly { title: string; key: keyof Scores; scale: number; digits: number }[] = [
  { title: 'accuracy, %', key: 'accuracy', scale: 100, digits: 1 },
  { title: 'cost', key: 'cost', scale: 1, digits: 3 },
  { title: 'cost of a mistake', key: 'mistake', scale: 1, digits: 3 },
  { title: 'Brier score', key: 'brier', scale: 1, digits: 3 },
  { title: 'log loss', key: 'logLoss', scale: 1, digits: 3 },
];

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { quick: { type: 'boolean' } } });
  const [sizes, seeds, epochs] = values.quick ? [[120], 4, 5] : [TRAIN, SEEDS, 300];
  const named = readClasses();
  const classes = named.length;
  const distances = nameDistances(named);
  const costs = distances.map((d) => d / meanOf(distances));
  const foods = readFoods();
  for (const trainRows of sizes) {
    const scores: Scores[][] = []; // [seed][loss]
    for (let seed = 1; seed <= seeds; seed++) {
      const random = new Random(seed);
      const split = splitSamples(foods, { ...ROWS, train: trainRows }, random);
      const ofSeed: Scores[] = [];
      for (const create of Object.values(lossesOf(distances, random))) {
        ofSeed.push(await train(create(), split, { classes, costs, seed, epochs }));
      }
      scores.push(ofSeed);
    }
    console.log(`${trainRows} foods to learn from, ${classes} groups; ${seeds} seeds:\n${tableOf(distances, scores)}`);
  }
  console.log(
    'Cross entropy: means; others: differences from it, the last from permuted names; by seed, with 95% intervals.',
  );
}

/** Cross entropy's scores, the others' differences from these, and those between names and permuted names. */
function tableOf(distances: Float32Array, scores: readonly Scores[][]): string {
  const names = Object.keys(lossesOf(distances, new Random(1)));
  const table = new Table({ head: ['', ...COLUMNS.map(({ title }) => title)], style: { head: [], border: [] } });
  const row = (title: string, loss: number, from?: number) => {
    const cells = COLUMNS.map(({ key, scale, digits }) => {
      const values = scores.map((ofSeed) => ofSeed[loss][key] - (from === undefined ? 0 : ofSeed[from][key]));
      const { mean, halfWidth } = estimate(values.map((value) => scale * value));
      return `${from !== undefined && mean > 0 ? '+' : ''}${mean.toFixed(digits)} ± ${halfWidth.toFixed(digits)}`;
    });
    table.push([title, ...cells]);
  };
  for (const [loss, name] of names.entries()) row(name, loss, loss === 0 ? undefined : 0);
  row('the names against permuted', 1, 2);
  return table.toString();
}

if (require.main === module) void main();
