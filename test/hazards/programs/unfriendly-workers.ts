// Worker threads that load the addon, put work in flight and end in unfriendly ways.
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

type Manner = 'alone' | 'terminated' | 'exiting' | 'throwing';

/** A script of these: its main thread starts workers of itself, round after round. That of `alone` never loads the addon. */
export function runWorkers(script: string, rounds: number, prepare: () => () => Promise<unknown>[]): void {
  void (isMainThread ? watch(script, rounds, process.argv[2] as Manner) : work(prepare, workerData as Manner));
}

async function watch(script: string, rounds: number, manner: Manner): Promise<void> {
  if (manner !== 'alone') (require('../../../lib/index.js') as typeof import('../../../lib/index.js')).info();
  for (let round = 0; round < rounds; round++) {
    const workers = Array.from({ length: 3 }, () => new Worker(script, { workerData: manner }));
    await Promise.all(workers.map((worker, i) => ending(worker, i, manner)));
  }
  console.log('done');
}

async function ending(worker: Worker, delay: number, manner: Manner): Promise<void> {
  worker.on('error', (error) => {
    if (!/on purpose/.test(error.message)) throw error;
  });
  const gone = new Promise((resolve) => worker.once('exit', resolve));
  await Promise.race([new Promise((resolve) => worker.once('message', resolve)), gone]);
  if (manner === 'terminated') {
    await sleep(delay);
    await worker.terminate();
  }
  await gone;
}

/** `prepare` loads the addon and returns what puts work in flight. */
async function work(prepare: () => () => Promise<unknown>[], manner: Manner): Promise<void> {
  const start = prepare();
  const running = start();
  parentPort?.postMessage('work is in flight');
  if (manner === 'exiting') process.exit();
  if (manner === 'throwing') throw new Error('thrown on purpose');
  if (manner === 'terminated') for (;;) await Promise.all(start());
  await Promise.all(running);
}
