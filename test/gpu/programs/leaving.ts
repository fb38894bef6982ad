// Child: the process ends with a GPU's work, copies and promises in flight.
import { DeviceArray, emdLoss, emdLossAsync, Graph, pinned, Stream } from '../../../lib/index.js';
import { endWithWorkInFlight } from '../../hazards/programs/endings.js';

const [rows, classes] = [200, 16];
const predictions = DeviceArray.from(new Float32Array(rows * classes));
const targets = DeviceArray.from(new Int32Array(rows));
const stream = new Stream();
const keep: unknown[] = [pinned(1000)];

function start(): void {
  // Nothing orders what a graph writes and what others do on another stream, so that each has arrays of its own.
  const outputs = () => ({
    lossOut: DeviceArray.allocate('float32', 4),
    gradient: DeviceArray.allocate('float32', rows * classes),
  });
  const [inGraph, outside] = [outputs(), outputs()];
  const graph = Graph.capture(stream, () => {
    emdLoss(predictions, targets, { classes, stream, ...inGraph });
  });
  keep.push(graph, inGraph, outside);
  for (let i = 0; i < 4; i++) {
    graph.launch(stream);
    emdLoss(predictions, targets, { classes, ...outside });
    void emdLossAsync(predictions, targets, { classes, stream });
    void emdLossAsync(new Float32Array(rows * classes), new Int32Array(rows), { classes, device: 0 });
    void predictions.toHostAsync();
    void outside.gradient.copyFromAsync(new Float32Array(rows * classes));
    void stream.synchronize();
  }
}

endWithWorkInFlight(
  start,
  () => emdLoss(predictions, targets, { classes }),
  () => emdLossAsync(predictions, targets, { classes }),
);
