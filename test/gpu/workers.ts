// Child: worker threads that use a GPU and end in unfriendly ways. The main thread of `alone` never loads the addon.
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

type Manner = 'alone' | 'terminated' | 'exiting' | 'throwing';

async function main(manner: Manner): Promise<void> {
  if (manner !== 'alone') require('../../lib/index.js');
  for (let round = 0; round < 6; round++) {
    const workers = Array.from({ length: 3 }, () => new Worker(__filename, { workerData: manner }));
    const endings = workers.map(async (worker, i) => {
      worker.on('error', (error) => {
        if (!/on purpose/.test(error.message)) throw error;
      });
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
  const { DeviceArray, emdLoss, emdLossAsync, Graph, matrix, pinned, Stream } =
    require('../../lib/index.js') as typeof import('../../lib/index.js');
  const [rows, classes] = [200, 16];
  const stream = new Stream();
  const predictions = DeviceArray.from(new Float32Array(rows * classes));
  const targets = DeviceArray.from(new Uint8Array(rows));
  const host = pinned(rows * classes);
  const groundDistance = matrix(
    Float32Array.from({ length: classes ** 2 }, (_, n) => Math.abs(Math.floor(n / classes) - (n % classes))),
  );
  const expected = emdLoss(host, new Uint8Array(rows), { classes, groundDistance }).loss;
  const { loss } = emdLoss(predictions, targets, { classes, groundDistance });
  if (Math.abs(loss - expected) > 1e-6 * expected) throw new Error(`${loss} is not ${expected}`);
  const lossOut = DeviceArray.allocate('float32', 4);
  const graph = Graph.capture(stream, () => {
    emdLoss(predictions, targets, { classes, groundDistance, stream, gradient: false, lossOut });
  });
  const start = () => {
    graph.launch(stream);
    return [
      emdLossAsync(predictions, targets, { classes, groundDistance }),
      emdLossAsync(predictions, targets, { classes, groundDistance, stream }),
      emdLossAsync(host, new Uint8Array(rows), { classes, groundDistance, device: 0 }),
      predictions.copyFromAsync(host),
      predictions.toHostAsync({ stream }),
      stream.record().synchronize(),
    ];
  };
  const running = start();
  parentPort?.postMessage('calls are in flight');
  if (manner === 'exiting') process.exit();
  if (manner === 'throwing') throw new Error('thrown on purpose');
  if (manner === 'terminated') for (;;) await Promise.all(start());
  await Promise.all(running);
}

void (isMainThread ? main(process.argv[2] as Manner) : work(workerData as Manner));
