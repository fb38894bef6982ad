// Child: the process ends with a GPU's work, copies and promises in flight.
import { DeviceArray, emdLoss, emdLossAsync, Graph, pinned, Stream } from '../../lib/index.js';

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

emdLoss(predictions, targets, { classes });
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
      emdLoss(predictions, targets, { classes });
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
    // Node waits for the promises.
    start();
    void emdLossAsync(predictions, targets, { classes }).then(() => console.log('done'));
    break;
}
