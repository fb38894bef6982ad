// The entry point of ES modules in Node.js: the CommonJS module itself, so that there is one copy of each class.
export * from './node-wasm.js';
