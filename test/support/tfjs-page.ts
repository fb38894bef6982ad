// What is bundled for a page: TensorFlow.js with its backends, the package as pages import it, and what tests ask of them.
import '@tensorflow/tfjs-backend-cpu';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-webgl';
import '@tensorflow/tfjs-backend-webgpu';
import * as layers from '@tensorflow/tfjs-layers';
import { GroundDistance, type GroundDistanceJSON } from 'squared-emd';
import { emdLoss, selfGuided } from 'squared-emd/tfjs';
import { type Answer, answer, type Call, countReads, type LossOptions } from './tfjs-call.js';
import { type Course, type Trained, trainTfjs } from './training.js';

/** Options in a form that can be sent to a page. */
export type SentOptions = Omit<LossOptions, 'groundDistance' | 'classWeights'> & {
  groundDistance?: GroundDistanceJSON;
  classWeights?: number[];
};

const lossOf = ({ groundDistance, ...options }: SentOptions) =>
  emdLoss({ ...options, ...(groundDistance && { groundDistance: GroundDistance.fromJSON(groundDistance) }) });

let reads: () => number;

/** Counts, from now on, how often kernels of this package are set to run. */
function countKernels(): () => number {
  let count = 0;
  if (typeof GPUComputePassEncoder === 'undefined') return () => count;
  const { prototype } = GPUComputePassEncoder;
  const own = prototype.setPipeline;
  prototype.setPipeline = function (pipeline) {
    if (pipeline.label.startsWith('squared-emd')) count++;
    return own.call(this, pipeline);
  };
  return () => count;
}
const kernels = countKernels();

const page = {
  tf,
  layers,
  lossOf,
  selfGuided,
  kernels,
  /** Starts a backend. @param forwards Whether small tensors may be computed on the CPU, as tfjs does by default. */
  async start(backend: string, forwards: boolean): Promise<string> {
    setWasmPaths('/');
    await tf.setBackend(backend);
    tf.env().set('WEBGL_CPU_FORWARD', forwards);
    tf.env().set('WEBGPU_CPU_FORWARD', forwards);
    reads = countReads(tf);
    return tf.getBackend();
  },
  reads: () => reads(),
  answer: (options: SentOptions, call: Call): Promise<Answer> => answer(tf, lossOf(options), reads, call),
  train: (options: Omit<SentOptions, 'reduction'>, course: Course): Promise<Trained> =>
    trainTfjs(tf, course, emdLoss({ ...(options as object), reduction: 'mean' })),
};

export type Page = typeof page;

Object.assign(globalThis, { page });
