// The entry point for ES modules in Node.js: re-exports the CommonJS module, so that there is one copy of each class.
export * from './node-wasm.js';
