import { EmdLoss } from 'squared-emd/wasm';
import type { Peer } from './peer.js';
import { criterion } from './squared-emd.js';

const name = 'squared-emd/wasm';

/** The same kernels in WebAssembly, which browsers have, and Node.js where there is no native code. */
export const squaredEmdWasm: Peer = {
  name,
  contenders: () => [{ peer: name, name, threads: 1 }],
  prepare: (problem, work, contender) => criterion(problem, work, contender, EmdLoss),
};
