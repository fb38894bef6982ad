import path from 'node:path';
import { serveTasks } from '../../shared/pool-worker.js';
import { readSamples } from '../../shared/read-samples.js';
import { runTask, type Task } from './experiment.js';

const samples = readSamples(path.resolve(__dirname, '../../../data/ames_price20.csv.gz')); // seen from dist/examples/ames-prices

serveTasks((task: Task, report) => runTask(samples, task, () => report(1)));
