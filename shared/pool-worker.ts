import { parentPort } from 'node:worker_threads';
import type { PoolMessage } from './pool.js';

/** Runs in a worker of the pool: does each task that it gets, until there are none. */
export function serveTasks<Task, Result>(
  work: (task: Task, report: (done: number) => void) => Result | Promise<Result>,
): void {
  const port = parentPort;
  if (!port) throw new Error('serveTasks: this is not a worker thread');
  const send = (message: PoolMessage<Result>) => port.postMessage(message);
  port.on('message', async (task: Task | null) => {
    if (task === null) return port.close();
    send({ result: await work(task, (done) => send({ done })) });
  });
}
