// A call for which there is not enough memory, between two small ones, under a limit of the shell's.
import { spawnSync } from 'node:child_process';
import * as assert from 'uvu/assert';
import { EmdError, emdLoss, tree } from '../../../lib/index.js';

const CLASSES = 2 ** 24;

function small(): number {
  return emdLoss(new Float32Array(16), new Int32Array(2), { classes: 8, threads: 1 }).loss;
}

function limited(): void {
  const before = small();
  const chain = Int32Array.from({ length: CLASSES }, (_, i) => i - 1);
  let caught: unknown;
  try {
    emdLoss(new Float32Array(CLASSES), Int32Array.of(0), { classes: CLASSES, groundDistance: tree(chain), threads: 1 });
  } catch (error) {
    caught = error;
  }
  assert.instance(caught, EmdError);
  assert.is((caught as EmdError).code, 'OUT_OF_MEMORY');
  assert.is(small(), before);
  console.log('done');
}

if (process.argv[2] === 'limited') {
  limited();
} else {
  const command = 'ulimit -v 6000000 && exec "$0" "$1" limited';
  const { status, signal } = spawnSync('sh', ['-c', command, process.execPath, __filename], { stdio: 'inherit' });
  if (signal) process.kill(process.pid, signal);
  process.exitCode = status ?? 1;
}
