// Child: worker threads that load the addon and end in unfriendly ways. The main thread of `alone` never loads it.
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

type Manner = 'alone' | 'terminated' | 'exiting' | 'throwing';

async function main(manner: Manner): Promise<void> {
  if (manner !== 'alone') require('../../lib/index.js');
  for (let round = 0; round < 15; round++) {
    const workers = Array.from({ length: 3 }, () => new Worker(__filename, { workerData: manner }));
    const endings = workers.map(async (worker, i) => {
      worker.on('error', () => {});
      const gone = new Promise((resolve) => worker.once('exit', resolve));
      await Promise.race([new Promise((resolve) => worker.once('message', resolve)), gone]);
      if (manner === 'terminated') {
        await sleep(i);
        await worker.terminate();
      }
      await gone;
    });
    await Promise.all(endings);
  }
  console.log('done');
}

async function work(manner: Manner): Promise<void> {
  const { emdLoss, emdLossAsync, matrix } = require('../../lib/index.js') as typeof import('../../lib/index.js');
  const [rows, classes] = [4000, 64];
  const predictions = new Float32Array(rows * classes);
  const targets = new Int32Array(rows);
  const groundDistance = matrix(
    Float32Array.from({ length: classes ** 2 }, (_, n) => Math.abs(Math.floor(n / classes) - (n % classes))),
  );
  emdLoss(predictions, targets, { classes, groundDistance, threads: 2 });
  const running = Array.from({ length: 8 }, () =>
    emdLossAsync(predictions, targets, { classes, groundDistance, threads: 2 }),
  );
  parentPort?.postMessage('calls are in flight');
  if (manner === 'exiting') process.exit();
  if (manner === 'throwing') throw new Error('thrown on purpose');
  if (manner === 'terminated')
    for (;;) await Promise.all(Array.from({ length: 4 }, () => emdLossAsync(predictions, targets, { classes })));
  await Promise.all(running);
}

void (isMainThread ? main(process.argv[2] as Manner) : work(workerData as Manner));
