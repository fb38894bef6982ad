// Child: see unfriendly-workers.ts.
import { runWorkers } from './unfriendly-workers.js';

runWorkers(__filename, 15, () => {
  const { emdLoss, emdLossAsync, matrix } = require('../../../lib/index.js') as typeof import('../../../lib/index.js');
  const [rows, classes] = [4000, 64];
  const predictions = new Float32Array(rows * classes);
  const targets = new Int32Array(rows);
  const groundDistance = matrix(
    Float32Array.from({ length: classes ** 2 }, (_, n) => Math.abs(Math.floor(n / classes) - (n % classes))),
  );
  emdLoss(predictions, targets, { classes, groundDistance, threads: 2 });
  return () =>
    Array.from({ length: 8 }, () => emdLossAsync(predictions, targets, { classes, groundDistance, threads: 2 }));
});
