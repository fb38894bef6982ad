// The entry point for TensorFlow.js in runtimes other than Node.js, Bun and Deno, where WebAssembly computes.
import * as core from '@tensorflow/tfjs-core';
import { providePeers } from '../tfjs/peer.js';

providePeers({ core: () => core, layers: () => undefined });

export * from '../tfjs/index.js';
