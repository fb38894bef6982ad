import { type Case, ORDERED, shapeOf, type Work, workOf } from '../cases/case.js';
import { hasTorch } from './installed.js';
import type { Contender, Peer, Variants } from './peer.js';

/** Its sums are plain float32; its distances come from a matrix product, in which they cancel. */
const LOOSENESS = { loss: 1000, distances: 10_000, sums: 100 } as const;
/** A compilation takes half a minute, so only a few shapes are compiled. */
const COMPILED = ['128 x 8', '1024 x 1000', '4096 x 1000'];

const torch = (name: string, works: readonly Work[], takes: (work: Case, quick: boolean) => boolean): Peer => ({
  name,
  works,
  program: 'python',

  contenders: (work: Case, { threads, quick }: Variants): Contender[] => {
    const plain = !work.inPlace && (work.ground === 'energy' || (work.kind === ORDERED.kind && !work.targets));
    const known = workOf(work) !== 'loss' || plain;
    if (!known || !takes(work, quick) || !hasTorch()) return [];
    return threads.map((count) => ({
      peer: name,
      name: `${name}, ${count} ${count === 1 ? 'thread' : 'threads'}`,
      threads: count,
      looseness: LOOSENESS[workOf(work) as keyof typeof LOOSENESS],
    }));
  },

  prepare: () => {
    throw new Error(`${name}: runs in Python`);
  },
});

/** PyTorch on the CPU, operator by operator. */
export const torchEager: Peer = torch('PyTorch', ['loss', 'sums', 'distances'], () => true);
/** The same, compiled by it. */
export const torchCompiled: Peer = torch(
  'torch.compile',
  ['loss'],
  (work, quick) => !quick && COMPILED.includes(shapeOf(work)),
);
