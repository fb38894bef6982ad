import { parentPort, workerData } from 'node:worker_threads';
import { readSamples } from './data.js';
import { runTask, type Task, type TaskResult } from './experiment.js';

/** What a worker is started with: it runs the tasks one after the other, and ends. */
export interface WorkerInput {
  file: string;
  tasks: Task[];
}

/** What it reports: that an epoch is done, or a task's result. */
export type WorkerMessage = { result?: TaskResult };

const { file, tasks } = workerData as WorkerInput;
const report = (message: WorkerMessage) => parentPort?.postMessage(message);
const samples = readSamples(file);
for (const task of tasks) {
  report({ result: runTask(samples, task, () => report({})) });
}
