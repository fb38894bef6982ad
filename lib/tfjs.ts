// The entry point for TensorFlow.js in Node.js, Bun and Deno.
import './backends/node.js';
import './tfjs/node-peer.js';

export * from './tfjs/index.js';
