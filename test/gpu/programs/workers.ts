// Child: see unfriendly-workers.ts. Here with a GPU.
import { runWorkers } from '../../hazards/programs/unfriendly-workers.js';

runWorkers(__filename, 6, () => {
  const { DeviceArray, emdLoss, emdLossAsync, Graph, matrix, pinned, Stream } =
    require('../../../lib/index.js') as typeof import('../../../lib/index.js');
  const [rows, classes] = [200, 16];
  const stream = new Stream();
  const predictions = DeviceArray.from(new Float32Array(rows * classes));
  const targets = DeviceArray.from(new Uint8Array(rows));
  const host = pinned(rows * classes);
  const groundDistance = matrix(
    Float32Array.from({ length: classes ** 2 }, (_, n) => Math.abs(Math.floor(n / classes) - (n % classes))),
  );
  const expected = emdLoss(host, new Uint8Array(rows), { classes, groundDistance }).loss;
  const { loss } = emdLoss(predictions, targets, { classes, groundDistance });
  if (Math.abs(loss - expected) > 1e-6 * expected) throw new Error(`${loss} is not ${expected}`);
  const lossOut = DeviceArray.allocate('float32', 4);
  const graph = Graph.capture(stream, () => {
    emdLoss(predictions, targets, { classes, groundDistance, stream, gradient: false, lossOut });
  });
  return () => {
    graph.launch(stream);
    return [
      emdLossAsync(predictions, targets, { classes, groundDistance }),
      emdLossAsync(predictions, targets, { classes, groundDistance, stream }),
      emdLossAsync(host, new Uint8Array(rows), { classes, groundDistance, device: 0 }),
      predictions.copyFromAsync(host),
      predictions.toHostAsync({ stream }),
      stream.record().synchronize(),
    ];
  };
});
