// Workers of Node.js.
import { Worker } from 'node:worker_threads';
import { WORKER_SOURCE } from './worker-source.js';
import { type Make, provideWorkers } from './workers.js';

/** Behind the program: how messages come and go. */
const MESSAGES = `
const { parentPort } = require('node:worker_threads');
parentPort.on('message', (data) => receive(data, (message, moved) => parentPort.postMessage(message, moved)));`;

const make: Make = (receive, fail) => {
  const worker = new Worker(WORKER_SOURCE + MESSAGES, { eval: true, name: 'squared-emd', execArgv: [], env: {} });
  worker.on('message', receive);
  worker.on('error', fail);
  return {
    send: (message, moved) => worker.postMessage(message, moved),
    hold: (held) => (held ? worker.ref() : worker.unref()),
    end: () => void worker.terminate(),
  };
};

provideWorkers(make);
