// A worker of program.mjs: it trains on its share of the samples and adds up its features.
import { parentPort, workerData } from 'node:worker_threads';
import { ClassCentroids, emdLossAsync } from 'squared-emd';
import { Linear } from './classifier.mjs';

const { classes, features, x, labels } = workerData;
const model = new Linear(features, classes);
const centroids = new ClassCentroids({ classes, features });
let [first, last] = [0, 0];
for (let step = 0; step < 20; step++) {
  const { loss, gradient } = await emdLossAsync(model.forward(x), labels, { classes, crossEntropyWeight: 1 });
  model.step(x, gradient, 0.3);
  if (step === 0) first = loss;
  last = loss;
}
await centroids.accumulateAsync(x, labels);
parentPort.postMessage({ state: centroids.toState(), first, last });
