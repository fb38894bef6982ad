// The entry point of other runtimes than Node.js, Bun and Deno: WebAssembly computes.
export * from '../api.js';
export * from '../gpu/index.js';
