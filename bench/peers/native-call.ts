import { addon } from '../../lib/backends/node.js';
import { isSmall, type Peer } from './peer.js';

const name = 'smallest native call';

/** The time that Node-API takes for a call with two typed arrays and a number that does next to nothing. */
export const nativeCall: Peer = {
  name,
  contenders: (work) => (isSmall(work) ? [{ peer: name, name, idle: true }] : []),
  prepare: () => {
    const values = Float32Array.of(1, 0);
    const kinds = new Int32Array(1);
    return {
      run: () => void addon().rowKinds(values, kinds, 1),
      output: () => ({ kind: 'nothing' }),
    };
  },
};
