import { availableParallelism } from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Task, TaskResult } from './experiment.js';
import type { WorkerInput, WorkerMessage } from './worker.js';

/**
 * Runs the tasks on as many threads as there are processors. The results come in the order of the tasks, whichever ends
 * first.
 */
export async function runTasks(file: string, tasks: readonly Task[], onEpoch: () => void): Promise<TaskResult[]> {
  const threads = Math.min(availableParallelism(), tasks.length);
  const shares = Array.from({ length: threads }, (_, thread) => tasks.filter((_, i) => i % threads === thread));
  const results = await Promise.all(shares.map((share) => runWorker({ file, tasks: share }, onEpoch)));
  return tasks.map((_, i) => results[i % threads][Math.floor(i / threads)]);
}

function runWorker(input: WorkerInput, onEpoch: () => void): Promise<TaskResult[]> {
  return new Promise((resolve, reject) => {
    const results: TaskResult[] = [];
    new Worker(path.join(__dirname, 'worker.js'), { workerData: input })
      .on('message', ({ result }: WorkerMessage) => (result ? results.push(result) : onEpoch()))
      .on('error', reject)
      .on('exit', () => resolve(results));
  });
}
