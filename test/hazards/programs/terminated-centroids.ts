// Child: worker threads terminated while asynchronous calls of a ClassCentroids run, which are long. Node waits for them;
// Deno does not, and frees the memory of the worker's JavaScript meanwhile.
import { isMainThread, parentPort, Worker } from 'node:worker_threads';

async function watch(): Promise<void> {
  for (let round = 0; round < 4; round++) {
    const worker = new Worker(__filename);
    const gone = new Promise((resolve) => worker.once('exit', resolve));
    await new Promise((resolve) => worker.once('message', resolve));
    void worker.terminate();
    await gone;
  }
  // What still runs in other threads may write a little longer.
  await new Promise((resolve) => setTimeout(resolve, 500));
  console.log('done');
}

function work(): void {
  const { ClassCentroids } = require('../../../lib/index.js') as typeof import('../../../lib/index.js');
  const [rows, classes, features] = [20_000, 1000, 1024];
  const centroids = new ClassCentroids({ classes, features });
  const labels = Int32Array.from({ length: rows }, (_, i) => i % classes);
  void centroids.accumulateAsync(new Float32Array(rows * features).fill(1), labels);
  void centroids.updateAsync();
  void centroids.distancesAsync();
  parentPort?.postMessage('work is in flight');
}

if (isMainThread) void watch();
else work();
