// The package on WebAssembly, wherever it runs: everything except what is for GPUs.
export * from './api.js';
