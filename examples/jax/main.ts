// Trains a small network of jax-js with and without the EMD, on its wasm device.
import path from 'node:path';
import * as jax from '@jax-js/jax';
import Table from 'cli-table3';
import { valueAndGrad } from 'squared-emd/jax';
import { accuracyWithin, decode, meanAbsoluteError, rankedProbabilityScore, softmax } from 'squared-emd/metrics';
import { type Samples, splitSamples } from '../../shared/data.js';
import { Random } from '../../shared/random.js';
import { readSamples } from '../../shared/read-samples.js';
import { estimate } from '../../shared/statistics.js';

const { numpy: np, tree } = jax;

const DATA = path.resolve(__dirname, '../../../data/diamonds_clarity.csv.gz'); // seen from dist/examples/jax
const [CLASSES, UNITS, BATCH, EPOCHS, SEEDS] = [8, 64, 50, 25, 4];
const ROWS = { train: 1000, validation: 0, test: 2000 };
const [RATE, MOMENTUM] = [0.02, 0.9];

const LOSSES = {
  'cross entropy': { crossEntropyWeight: 1, emdWeight: 0 },
  'cross entropy + 10 EMD': { crossEntropyWeight: 1, emdWeight: 10 },
};

type Params = { first: jax.Array; bias: jax.Array; second: jax.Array };

const network = jax.jit(({ first, bias, second }: Params, x: jax.Array) =>
  np.matmul(jax.nn.relu(np.matmul(x, first).add(bias)), second),
) as unknown as (params: Params, x: jax.Array) => jax.Array;

function initial(features: number, random: Random): Params {
  const weights = (inputs: number, outputs: number) => {
    const bound = Math.sqrt(6 / inputs);
    const values = Float32Array.from({ length: inputs * outputs }, () => random.uniform(-bound, bound));
    return np.array(values, { shape: [inputs, outputs] });
  };
  return { first: weights(features, UNITS), bias: np.zeros([UNITS]), second: weights(UNITS, CLASSES) };
}

function train(
  { rows, features, inputs, labels }: Samples,
  options: (typeof LOSSES)['cross entropy'],
  seed: number,
): Params {
  const random = new Random(seed);
  const step = valueAndGrad(network, options);
  let params = initial(features, random);
  let velocity: Params = tree.map((array: jax.Array) => np.zerosLike(array), tree.ref(params));
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    const order = random.permutation(rows);
    for (let start = 0; start + BATCH <= rows; start += BATCH) {
      const chosen = order.slice(start, start + BATCH);
      const x = Float32Array.from(
        chosen.flatMap((row) => Array.from(inputs.subarray(row * features, (row + 1) * features))),
      );
      const y = Int32Array.from(chosen, (row) => labels[row]);
      const [loss, gradients] = step(tree.ref(params), np.array(x, { shape: [BATCH, features] }), y);
      loss.dispose();
      velocity = tree.map((v: jax.Array, g: jax.Array) => v.mul(MOMENTUM).add(g), velocity, gradients);
      params = tree.map((p: jax.Array, v: jax.Array) => p.sub(v.mul(RATE)), params, tree.ref(velocity));
    }
  }
  tree.dispose(velocity);
  return params;
}

/** Within one class, absolute error and ranked probability score, decoded by the median. */
function scores(params: Params, { rows, features, inputs, labels }: Samples): number[] {
  const logits = network(params, np.array(inputs, { shape: [rows, features] })).dataSync() as Float32Array;
  const probabilities = softmax(logits, { classes: CLASSES });
  const predicted = decode(probabilities, { classes: CLASSES, rule: 'median' });
  return [
    100 * accuracyWithin(predicted, labels, 1),
    meanAbsoluteError(predicted, labels),
    rankedProbabilityScore(probabilities, labels, { classes: CLASSES }),
  ];
}

async function main(): Promise<void> {
  await jax.init('wasm');
  jax.defaultDevice('wasm');
  const all = readSamples(DATA);
  const table = new Table({ head: ['trained with', 'within one, %', 'MAE', 'RPS'], style: { head: [], border: [] } });
  for (const [name, options] of Object.entries(LOSSES)) {
    const ofSeeds = Array.from({ length: SEEDS }, (_, i) => {
      const { train: own, test } = splitSamples(all, ROWS, new Random(i + 1));
      return scores(train(own, options, i + 1), test);
    });
    const cells = [1, 3, 3].map((digits, metric) => {
      const { mean, halfWidth } = estimate(ofSeeds.map((of) => of[metric]));
      return `${mean.toFixed(digits)} ± ${halfWidth.toFixed(digits)}`;
    });
    table.push([name, ...cells]);
  }
  console.log(
    `Clarity of ${ROWS.test} diamonds, after ${EPOCHS} epochs on ${ROWS.train}; ${SEEDS} seeds, 95% intervals:\n${table}`,
  );
}

void main();
