// Peers in Python: PyTorch, if python3 has it, and the cross entropies of other libraries beside it.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { GpuCase } from './cases.js';
import type { Effort, Timing } from './measure.js';

export type PeerResult = GpuCase & { peer: string } & (Timing | { error: string });

const script = join(__dirname, '../../../bench/gpu/peers.py');

/** Why PyTorch cannot run on the device; undefined if it can. */
export function missingTorch(device: string): string | undefined {
  const test =
    device === 'cpu' ? 'import torch' : 'import torch; assert torch.cuda.is_available(), "torch has no CUDA"';
  const { status, stderr, error } = spawnSync('python3', ['-c', test], { encoding: 'utf8' });
  if (error) return 'there is no python3';
  return status === 0 ? undefined : stderr.trim().split('\n').at(-1);
}

/** Loss and gradient of each case, by each of the peers. */
export function runPeers(
  cases: readonly GpuCase[],
  { rounds, millisecondsPerRound }: Effort,
  device: string,
): PeerResult[] {
  const { status, stdout, stderr } = spawnSync('python3', [script], {
    encoding: 'utf8',
    input: JSON.stringify({ cases, rounds, milliseconds: millisecondsPerRound, device }),
    maxBuffer: 1 << 26,
  });
  if (status !== 0) throw new Error(`peers.py ended with ${status}: ${stderr.trim().slice(-500)}`);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as PeerResult);
}
