// The backend of WebAssembly: the CPU kernels of native/, on one thread.
import type { Backend, HostBackend } from '../backend.js';
import { evaluateAsync } from './asynchronous.js';
import * as centroids from './centroids.js';
import { createGround, evaluate, releaseGround, rowKinds } from './loss.js';
import { theModule } from './module.js';

const host: HostBackend = {
  evaluate,
  evaluateAsync,
  createGround,
  releaseGround,
  ...centroids,
  rowKinds,
  // There is but one.
  setThreads() {},
  info: () => ({ isa: 'simd128', isas: ['simd128'], threads: 1 }),
};

/** @throws EmdError 'WASM_UNAVAILABLE' where the runtime has no WebAssembly. */
export function wasmBackend(version: string, why?: string): Backend {
  theModule();
  return { name: 'wasm', why, version, host, gpu: undefined };
}
