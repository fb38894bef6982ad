// The package on WebAssembly in Node.js, of which older versions have to be told of their worker threads.
import * as worker_threads from 'node:worker_threads';
import { provideWorkerThreads } from './backends/wasm/workers.js';

provideWorkerThreads(worker_threads);

export * from './wasm.js';
