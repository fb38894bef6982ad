// Child: worker threads terminated at random times while they load the package, or while native code throws.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { scaled } from '../../support/scale.js';

type Manner = 'loading' | 'throwing';

const WORKERS = scaled(80, 200);
const AT_ONCE = 4;

/** Milliseconds until it says that it has come so far. */
async function timeOf(worker: Worker): Promise<number> {
  const begin = performance.now();
  await new Promise((resolve) => worker.once('message', resolve));
  const time = performance.now() - begin;
  await worker.terminate();
  return time;
}

async function watch(manner: Manner): Promise<void> {
  const start = () => new Worker(__filename, { workerData: manner });
  await timeOf(start());
  const usual = await timeOf(start());
  let left = WORKERS;
  const terminateAll = async () => {
    while (left-- > 0) {
      const worker = start();
      const gone = new Promise((resolve) => worker.once('exit', resolve));
      setTimeout(() => worker.terminate(), usual * (0.3 + 1.5 * Math.random()));
      await gone;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, terminateAll));
  console.log('done');
}

function work(manner: Manner): void {
  const { addon: load } = require('../../../lib/backends/node.js') as typeof import('../../../lib/backends/node.js');
  const native = load();
  parentPort?.postMessage('here');
  const wrong = undefined as never;
  const calls = [
    () => native.setThreads(-1),
    () => native.accumulate(wrong, wrong, wrong, wrong, wrong, wrong),
    () => native.makeStream(0),
    () => native.evaluate(wrong, wrong, wrong, wrong, wrong, wrong, wrong, wrong, wrong, wrong),
    () => native.setErrorClass(wrong),
  ];
  while (manner === 'throwing') {
    for (const call of calls) {
      try {
        call();
      } catch {}
    }
  }
}

if (isMainThread) void watch(process.argv[2] as Manner);
else work(workerData as Manner);
