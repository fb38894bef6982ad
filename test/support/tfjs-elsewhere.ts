// A backend of tfjs whose tensors kernels must not read: the cpu backend under another name.
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers'; // registers the gradients of operators
import * as assert from 'uvu/assert';
import { countReads } from './tfjs-call.js';

export const ELSEWHERE = 'elsewhere';

const reads = countReads(tf);
tf.registerBackend(ELSEWHERE, () => new MathBackendCPU());
tf.copyRegisteredKernels('cpu', ELSEWHERE);

/** Makes it the backend in use, even after it was removed. @returns A function that counts reads of tensors since then. */
export async function useElsewhere(): Promise<() => number> {
  if (!tf.findBackend(ELSEWHERE)) tf.registerBackend(ELSEWHERE, () => new MathBackendCPU());
  assert.ok(await tf.setBackend(ELSEWHERE));
  const before = reads();
  return () => reads() - before;
}
