// The entry point for runtimes other than Node.js, Bun and Deno, where WebAssembly computes.
export * from '../onnx/index.js';
