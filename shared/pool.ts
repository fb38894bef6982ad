import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

/** A message from a worker that {@link runTasks} started: the progress of its task, or its result. */
export type PoolMessage<Result> = { done: number } | { result: Result };

/**
 * Runs tasks on as many threads as there are processors: each thread runs `file`, gets a task as a message, answers with
 * {@link PoolMessage}s, and gets the next. The results come in the order of the tasks.
 *
 * @param onProgress Called with the progress that workers report.
 * @param onResult Called when a task ends.
 */
export async function runTasks<Task, Result>(
  file: string,
  tasks: readonly Task[],
  onProgress: (done: number) => void,
  onResult: (result: Result) => void = () => {},
): Promise<Result[]> {
  const results: Result[] = new Array(tasks.length);
  let next = 0;
  const run = () =>
    new Promise<void>((resolve, reject) => {
      const worker = new Worker(file);
      let current = 0;
      const begin = () => {
        current = next++;
        worker.postMessage(current < tasks.length ? tasks[current] : null);
      };
      worker
        .on('message', (message: PoolMessage<Result>) => {
          if ('done' in message) return onProgress(message.done);
          results[current] = message.result;
          onResult(message.result);
          begin();
        })
        .on('error', reject)
        .on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`a worker ended with exit code ${code}`))));
      begin();
    });
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), tasks.length) }, run));
  return results;
}
