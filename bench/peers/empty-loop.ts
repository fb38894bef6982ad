import { isSmall, type Peer } from './peer.js';

const name = 'empty loop';

/** Shows what measuring itself costs. */
export const emptyLoop: Peer = {
  name,
  contenders: (work) => (isSmall(work) ? [{ peer: name, name, idle: true }] : []),
  prepare: () => ({ run: () => {}, output: () => ({ kind: 'nothing' }) }),
};
