// The entry point of other runtimes than Node.js, Bun and Deno, where nothing computes yet.
export * from '../onnx/index.js';
