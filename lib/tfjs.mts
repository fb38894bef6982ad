// The entry point of ES modules: the CommonJS module itself, so that there is one instance of it.
export * from './tfjs.js';
