// A worker of wasm.mjs, with a worker of its own.
import { parentPort, workerData } from 'node:worker_threads';
import { emdLossAsync } from 'squared-emd/wasm';

const { logits, labels, classes } = workerData;
parentPort.postMessage((await emdLossAsync(logits, labels, { classes })).gradient);
