// The entry point for jax-js in runtimes other than Node.js, Bun and Deno, where WebAssembly and WebGPU compute.
import * as jax from '@jax-js/jax';
import { adapterFor } from '../jax/adapter.js';

export type { HostLabels, JaxAdapter, JaxArray, JaxEmdOptions, JaxEmdResult, ValueAndGradient } from '../jax/index.js';

export const { emdLoss, valueAndGrad } = adapterFor(() => jax);
