// Child: the process ends with calls in flight.
import { emdLoss, emdLossAsync } from '../../lib/index.js';

const [rows, classes] = [20_000, 100];
const predictions = new Float32Array(rows * classes);
const targets = new Int32Array(rows);
const start = () => {
  for (let i = 0; i < 8; i++) void emdLossAsync(predictions, targets, { classes, threads: 2 });
};

emdLoss(predictions, targets, { classes, threads: 2 });
switch (process.argv[2]) {
  case 'exit':
    start();
    process.exit(7);
    break;
  case 'exit-later':
    start();
    setTimeout(() => process.exit(7), 3);
    break;
  case 'exit-handler':
    process.on('exit', () => {
      emdLoss(predictions, targets, { classes, threads: 2 });
      process.exitCode = 7;
    });
    start();
    break;
  case 'throw':
    start();
    process.on('uncaughtException', () => process.exit(7));
    setTimeout(() => {
      throw new Error('thrown on purpose');
    }, 1);
    break;
  case 'return':
    // Node waits for the calls.
    void emdLossAsync(predictions, targets, { classes }).then(() => console.log('done'));
    break;
}
