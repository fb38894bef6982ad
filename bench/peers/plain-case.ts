import { ORDERED, plain } from '../cases/case.js';
import type { Peer } from './peer.js';
import { criterion } from './squared-emd.js';

const name = 'plain case';

/** This package on the plain case of the same shape: shows what a ground distance or an option costs. */
export const plainCase: Peer = {
  name,
  contenders: (work, { isas }) =>
    work.kind === ORDERED.kind ? [] : [{ peer: name, name: `${name}, 1 thread`, isa: isas.at(-1), threads: 1 }],
  instead: plain,
  prepare: criterion,
};
