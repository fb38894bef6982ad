// What is bundled for a page: TensorFlow.js on its webgl backend, the package as pages import it, and what tests ask of them.
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-webgl';
import * as layers from '@tensorflow/tfjs-layers';
import { GroundDistance, type GroundDistanceJSON } from 'squared-emd';
import { emdLoss } from 'squared-emd/tfjs';
import { type Answer, answer, type Call, countReads, type LossOptions } from './tfjs-call.js';

/** Options as they can be sent. */
export type SentOptions = Omit<LossOptions, 'groundDistance' | 'classWeights'> & {
  groundDistance?: GroundDistanceJSON;
  classWeights?: number[];
};

const lossOf = ({ groundDistance, ...options }: SentOptions) =>
  emdLoss({ ...options, ...(groundDistance && { groundDistance: GroundDistance.fromJSON(groundDistance) }) });

let reads: () => number;

const page = {
  tf,
  layers,
  lossOf,
  /** Also small tensors are computed on the GPU. */
  async start(): Promise<string> {
    await tf.setBackend('webgl');
    tf.env().set('WEBGL_CPU_FORWARD', false);
    tf.env().set('WEBGL_SIZE_UPLOAD_UNIFORM', 0);
    reads = countReads(tf);
    return `${tf.getBackend()}, float32: ${tf.env().getBool('WEBGL_RENDER_FLOAT32_ENABLED')}`;
  },
  reads: () => reads(),
  answer: (options: SentOptions, call: Call): Answer => answer(tf, lossOf(options), reads, call),
};

export type Page = typeof page;

Object.assign(globalThis, { page });
