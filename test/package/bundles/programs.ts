// Programs of pages, each with what it says on `globalThis.answer` (perhaps as a promise), and what its bundle may weigh.

import * as metrics from '../../../lib/metrics.js';

export interface Program {
  source: string;
  answer: unknown;
  /** Minified and compressed as for browsers, in bytes. */
  most: number;
  /** What its bundle has no use for. */
  without: RegExp;
  /** Whether it needs what pages alone have. */
  inPage?: true;
}

const ALL_METRICS = Object.keys(metrics).join(', ');

const METRICS = {
  accuracy: '([1, 0], [1, 1])',
  decode: '(Float32Array.of(0.2, 0.8), { classes: 2 })[0] / 2',
  meanDistance: "([1, 0], [1, 1], { kind: 'ordered' }, { classes: 2 })",
};
const onlyMetric = (name: keyof typeof METRICS): Program => ({
  source: `
    import { ${name} } from 'squared-emd/metrics';
    globalThis.answer = ${name}${METRICS[name]};`,
  answer: 0.5,
  most: 4_096,
  without: /WebAssembly|negative type/,
});

export const PROGRAMS: Readonly<Record<string, Program>> = {
  'emdLoss alone': {
    source: `
      import { emdLoss } from 'squared-emd';
      globalThis.answer = emdLoss(new Float32Array(2), [0], { classes: 2 }).loss;`,
    answer: 0.25,
    most: 110 * 1024,
    without: /priorWeight|quadratic|opset/,
  },
  'emdLossAsync alone, on WebAssembly by name': {
    source: `
      import { emdLossAsync } from 'squared-emd/wasm';
      globalThis.answer = emdLossAsync(new Float32Array(2), [0], { classes: 2 }).then(({ loss }) => loss);`,
    answer: 0.25,
    most: 110 * 1024,
    without: /priorWeight|quadratic|opset/,
  },
  'the accuracy alone': onlyMetric('accuracy'),
  'decode alone': onlyMetric('decode'),
  'meanDistance alone': onlyMetric('meanDistance'),
  'all metrics': {
    source: `
      import { ${ALL_METRICS} } from 'squared-emd/metrics';
      globalThis.metrics = [${ALL_METRICS}];
      globalThis.answer = globalThis.metrics.every((metric) => typeof metric === 'function');`,
    answer: true,
    most: 4_096,
    without: /WebAssembly|negative type/,
  },
  'exportOnnx alone': {
    source: `
      import { exportOnnx } from 'squared-emd/onnxruntime';
      globalThis.answer = exportOnnx({ classes: 3 }).length > 1000;`,
    answer: true,
    most: 110 * 1024,
    without: /priorWeight|quadratic/,
  },
  'the loss on WebGPU': {
    source: `
      import { WebGpuEmdLoss } from 'squared-emd/webgpu';
      try {
        new WebGpuEmdLoss({}, { classes: 2 });
      } catch ({ message }) {
        globalThis.answer = message;
      }`,
    answer: 'device: expected a GPUDevice, received an object',
    most: 28 * 1024,
    without: /WebAssembly|createGround|priorWeight|opset/,
  },
  'the loss of TensorFlow.js': {
    source: `
      import * as tf from '@tensorflow/tfjs-core';
      import '@tensorflow/tfjs-backend-cpu';
      import { emdLoss } from 'squared-emd/tfjs';
      const loss = emdLoss({ fromLogits: true, reduction: 'mean' });
      globalThis.answer = tf
        .setBackend('cpu')
        .then(() => loss(tf.tensor1d([0], 'int32'), tf.zeros([1, 2])).data())
        .then(([value]) => value);`,
    answer: 0.25,
    most: Infinity,
    without: /opset/,
    inPage: true,
  },
};
