// The package on WebAssembly in Node.js.
import './backends/wasm/node-workers.js';

export * from './wasm.js';
