// The backend of WebAssembly: the CPU kernels of native/, on one thread.
import type { Backend, HostBackend } from '../backend.js';
import { evaluateAsync } from './asynchronous.js';
import * as centroids from './centroids.js';
import { createGround, evaluate, releaseGround, rowKinds, withMemory } from './loss.js';

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

/** @throws EmdError 'WASM_UNAVAILABLE' where the runtime has no WebAssembly, or forbids it; 'OUT_OF_MEMORY' */
export function wasmBackend(version: string, why?: string): Backend {
  withMemory(0, () => {}); // what is wrong shows now
  return { name: 'wasm', why, version, host, gpu: undefined };
}
