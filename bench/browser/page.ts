// What runs in the page: the loss and its gradient by this package and by TensorFlow.js, one after the other in each round.
import '@tensorflow/tfjs-backend-webgl';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import { EmdLoss, info } from 'squared-emd';
import { emdLoss } from 'squared-emd/tfjs';
import { Random } from '../../shared/random.js';
import type { Batch, PageApi, Timed } from './protocol.js';

const ROUNDS = 15;
/** Clocks of pages are coarse: as many calls are timed at a time as take this long. */
const MILLISECONDS = 20;
/** What single precision leaves at 1000 classes, and more: of losses relative, of gradients to the largest entry. */
const MOST_DIFFERENCE = 1e-3;

type MeanLoss = (oneHot: tf.Tensor2D, logits: tf.Tensor2D) => tf.Scalar;

interface Contender {
  name: string;
  /** The backend of TensorFlow.js. */
  backend?: string;
  run(): Promise<void>;
  output(): Promise<{ loss: number; gradient: Float32Array }>;
}

const expression: MeanLoss = (oneHot, logits) =>
  tf.mean(tf.sum(tf.square(tf.cumsum(tf.sub(tf.softmax(logits), oneHot), 1)), 1));

function numbersOf({ rows, classes }: Batch) {
  const random = new Random(1);
  const logits = Float32Array.from({ length: rows * classes }, () => random.uniform(-3, 3));
  return { logits, labels: Int32Array.from({ length: rows }, () => Math.floor(random.uniform(0, classes))) };
}

function ofPackage(batch: Batch): Contender {
  const { logits, labels } = numbersOf(batch);
  const criterion = new EmdLoss({ classes: batch.classes });
  const gradient = new Float32Array(logits.length);
  let loss = Number.NaN;
  return {
    name: `squared-emd, ${info().isa}`,
    async run() {
      ({ loss } = criterion.evaluate(logits, labels, { gradient }));
    },
    output: async () => ({ loss, gradient }),
  };
}

async function ofTensors(name: string, backend: string, batch: Batch, meanLoss: MeanLoss): Promise<Contender> {
  await tf.setBackend(backend);
  const { logits, labels } = numbersOf(batch);
  const z = tf.tensor2d(logits, [batch.rows, batch.classes]);
  const oneHot = tf.tidy(
    () => tf.cast(tf.oneHot(tf.tensor1d(labels, 'int32'), batch.classes), 'float32') as tf.Tensor2D,
  );
  const differentiate = tf.valueAndGrad((x) => meanLoss(oneHot, x as tf.Tensor2D));
  let loss: tf.Tensor | undefined;
  let gradient: tf.Tensor | undefined;
  return {
    name: `${name} on ${backend}`,
    backend,
    async run() {
      tf.dispose([loss, gradient].filter((tensor) => tensor !== undefined));
      ({ value: loss, grad: gradient } = differentiate(z));
      // A GPU is done when a number of what it computes last is there.
      const last = tf.tidy(() => tf.slice(gradient as tf.Tensor2D, [0, 0], [1, 1]));
      await last.data();
      last.dispose();
    },
    output: async () => ({
      loss: (await (loss as tf.Tensor).data())[0],
      gradient: (await (gradient as tf.Tensor).data()) as Float32Array,
    }),
  };
}

async function contendersOf(batch: Batch): Promise<Contender[]> {
  const own = emdLoss({ fromLogits: true, reduction: 'mean' }) as unknown as MeanLoss;
  const contenders = [ofPackage(batch)];
  for (const backend of ['wasm', 'webgl']) {
    contenders.push(await ofTensors('squared-emd/tfjs', backend, batch, own));
    contenders.push(await ofTensors('tfjs expression', backend, batch, expression));
  }
  return contenders;
}

/** @throws Error where the results differ: there is nothing to compare then. */
async function verify(contenders: readonly Contender[]): Promise<void> {
  const outputs = [];
  for (const contender of contenders) {
    if (contender.backend) await tf.setBackend(contender.backend);
    await contender.run();
    outputs.push({ name: contender.name, ...(await contender.output()) });
  }
  const [first, ...others] = outputs;
  const largest = first.gradient.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  for (const { name, loss, gradient } of others) {
    const furthest = gradient.reduce((most, x, i) => Math.max(most, Math.abs(x - first.gradient[i])), 0);
    const difference = Math.max(Math.abs(loss / first.loss - 1), furthest / largest);
    if (!(difference <= MOST_DIFFERENCE)) throw new Error(`${name}: off by ${difference}`);
  }
}

async function timeOf(contender: Contender, calls: number): Promise<number> {
  if (contender.backend) await tf.setBackend(contender.backend);
  const start = performance.now();
  for (let i = 0; i < calls; i++) await contender.run();
  return (performance.now() - start) / calls;
}

const api: PageApi = {
  async time(batch: Batch): Promise<Timed[]> {
    setWasmPaths('/');
    const contenders = await contendersOf(batch);
    await verify(contenders);
    const calls: number[] = [];
    for (const contender of contenders) {
      let count = 1;
      while ((await timeOf(contender, count)) * count < MILLISECONDS) count *= 2;
      calls.push(count);
    }
    const times = contenders.map(({ name }) => ({ name, milliseconds: [] as number[] }));
    for (let round = 0; round < ROUNDS; round++) {
      for (const [i, contender] of contenders.entries()) {
        times[i].milliseconds.push(await timeOf(contender, calls[i]));
      }
    }
    return times;
  },
};
Object.assign(globalThis, { bench: api });
