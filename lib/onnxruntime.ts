// The entry point for Node.js, Bun and Deno.
import './backends/node.js';

export * from './onnx/index.js';
