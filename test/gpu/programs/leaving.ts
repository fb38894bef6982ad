// Child: the process ends with a GPU's work, copies and promises in flight.
import { DeviceArray, emdLoss, emdLossAsync, Graph, pinned, Stream } from '../../../lib/index.js';
import { endWithWorkInFlight } from '../../hazards/programs/endings.js';

const [rows, classes] = [200, 16];
const predictions = DeviceArray.from(new Float32Array(rows * classes));
const targets = DeviceArray.from(new Int32Array(rows));
const stream = new Stream();
const keep: unknown[] = [pinned(1000)];

function start(): void {
  const lossOut = DeviceArray.allocate('float32', 4);
  const gradient = DeviceArray.allocate('float32', rows * classes);
  const graph = Graph.capture(stream, () => {
    emdLoss(predictions, targets, { classes, stream, gradient, lossOut });
  });
  keep.push(graph, gradient);
  for (let i = 0; i < 4; i++) {
    graph.launch(stream);
    emdLoss(predictions, targets, { classes, lossOut, gradient });
    void emdLossAsync(predictions, targets, { classes, stream });
    void emdLossAsync(new Float32Array(rows * classes), new Int32Array(rows), { classes, device: 0 });
    void predictions.toHostAsync();
    void gradient.copyFromAsync(new Float32Array(rows * classes));
    void stream.synchronize();
  }
}

endWithWorkInFlight(
  start,
  () => emdLoss(predictions, targets, { classes }),
  () => emdLossAsync(predictions, targets, { classes }),
);
