// Child: the process ends with calls in flight.
import { emdLoss, emdLossAsync } from '../../../lib/index.js';
import { endWithWorkInFlight } from './endings.js';

const [rows, classes] = [20_000, 100];
const predictions = new Float32Array(rows * classes);
const targets = new Int32Array(rows);
const start = () => {
  for (let i = 0; i < 8; i++) void emdLossAsync(predictions, targets, { classes, threads: 2 });
};

endWithWorkInFlight(
  start,
  () => emdLoss(predictions, targets, { classes, threads: 2 }),
  () => emdLossAsync(predictions, targets, { classes }),
);
