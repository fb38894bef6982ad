import { bytesOf } from '../cases/case.js';
import type { Peer } from './peer.js';

const name = 'memory copy';

/** The limit of one thread: a copy that reads and writes as many bytes as the case has to. */
export const memoryCopy: Peer = {
  name,
  works: ['loss', 'self-guided', 'sums', 'distances', 'ranks'],

  contenders: () => [{ peer: name, name, threads: 1 }],

  prepare: (_problem, work) => {
    const length = Math.ceil(bytesOf(work) / 2 / Float32Array.BYTES_PER_ELEMENT);
    const source = Float32Array.from({ length }, (_, i) => i);
    const copy = new Float32Array(length);
    return {
      run: () => copy.set(source),
      output: () => ({ kind: 'copy', source, copy }),
    };
  },
};
