// The entry point for Node.js, Bun and Deno.
import './backends/node.js';

export * from './api.js';
export * from './gpu/index.js';
