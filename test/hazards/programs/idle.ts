// Child: the CPU time that the process uses while nothing is to be done.
import { setTimeout as sleep } from 'node:timers/promises';
import { emdLoss } from '../../../lib/index.js';

async function main(): Promise<void> {
  for (let i = 0; i < 20; i++) emdLoss(new Float32Array(2 ** 20), new Int32Array(2 ** 14), { classes: 64, threads: 5 });
  await sleep(300);
  const before = process.cpuUsage();
  await sleep(1000);
  const { user, system } = process.cpuUsage(before);
  // One spinning thread would use a million.
  if (user + system > 300_000) throw new Error(`${user + system} us of CPU time in an idle second`);
  console.log('done');
}

void main();
