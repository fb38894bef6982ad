// The package on WebAssembly wherever it runs: all of it but what is for GPUs.
export * from './api.js';
