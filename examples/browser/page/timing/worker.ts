// A worker that times the loss; nothing else runs in it.
import { getThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { Random } from '../../../../shared/random.js';
import { startGpu } from '../gpu.js';
import { settingsOf } from '../settings.js';
import { type Batch, contendersOf } from './contenders.js';
import { measure, verify } from './measure.js';
import { type FromTimer, SHAPES, type Shape } from './protocol.js';

const send = (message: FromTimer) => postMessage(message);

function batchOf({ rows, classes, where }: Shape): Batch {
  const random = new Random(1);
  return {
    rows,
    classes,
    where,
    logits: Float32Array.from({ length: rows * classes }, () => random.uniform(-3, 3)),
    labels: Int32Array.from({ length: rows }, () => Math.floor(random.uniform(0, classes))),
  };
}

async function main(): Promise<void> {
  setWasmPaths(new URL('.', location.href).href);
  if (!(await tf.setBackend('wasm'))) throw new Error('the wasm backend of TensorFlow.js does not start here');
  const simd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT');
  const threads = (await tf.env().getAsync('WASM_HAS_MULTITHREAD_SUPPORT')) ? getThreadsCount() : 1;
  const parts = [
    `tfjs ${tf.version_core}`,
    'wasm',
    simd ? 'simd' : 'no simd',
    threads === 1 ? '1 thread' : `${threads} threads`,
  ];
  send({ kind: 'began', tfjs: parts.join(', ') });
  await timeAll('cpu');
  const gpu = await startGpu().catch(() => undefined);
  send({ kind: 'gpu', name: gpu?.name });
  if (gpu) await timeAll('gpu', gpu.device);
  send({ kind: 'done' });
}

async function timeAll(where: Shape['where'], device?: GPUDevice): Promise<void> {
  const { rounds } = settingsOf(location.search);
  for (const shape of SHAPES.filter((candidate) => candidate.where === where)) {
    const contenders = contendersOf(batchOf(shape), device);
    const difference = await verify(contenders);
    send({ kind: 'timed', shape, difference, microseconds: await measure(contenders, rounds) });
    for (const contender of contenders) contender.dispose();
  }
}

// As an error of the worker, which the page hears of.
main().catch((error: unknown) => reportError(error));
