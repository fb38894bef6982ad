import { addon } from '../../lib/backends/node.js';
import type { Peer } from './peer.js';

const name = 'multiply-adds';

/**
 * The limit of one thread for an energy: as many multiply-adds as the product of M with the masses of all rows takes, without any
 * reading and writing, and without everything else that a loss takes.
 */
export const multiplyAdds: Peer = {
  name,
  contenders: ({ ground }, { isas }) =>
    ground === 'energy'
      ? isas.map((isa) => ({
          peer: name,
          name: isas.length > 1 ? `${name} ${isa}` : name,
          isa,
          threads: 1,
          idle: true,
        }))
      : [],
  prepare: (_problem, { rows, classes }) => {
    const count = rows * classes * classes;
    return {
      run: () => void addon().multiplyAdds(count),
      output: () => ({ kind: 'nothing' }),
    };
  },
};
