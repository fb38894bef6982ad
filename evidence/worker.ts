import { serveTasks } from '../examples/common/pool-worker.js';
import { runTask } from './experiment.js';

serveTasks(runTask);
