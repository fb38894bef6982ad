import { serveTasks } from '../shared/pool-worker.js';
import { runTask } from './experiment.js';

serveTasks(runTask);
