// The entry point for ES modules in Node.js, Bun and Deno: re-exports the CommonJS module, so that there is one copy of each
// class.
import './backends/node.js';

export * from './onnx/index.js';
