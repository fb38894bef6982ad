// The entry point of ES modules in Node.js, Bun and Deno: the CommonJS modules themselves, so that there is one copy of each class.
export * from './webgpu.js';
