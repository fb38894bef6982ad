// The entry point of other runtimes than Node.js, Bun and Deno, where WebAssembly computes.
export * from '../onnx/index.js';
