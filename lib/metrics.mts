// The entry point for ES modules: re-exports the CommonJS module, so that there is one instance of it.
export * from './metrics.js';
