// The entry point for jax-js in Node.js, Bun and Deno, for `import`: jax-js has another copy of its classes for that.
import * as jax from '@jax-js/jax';
import './backends/node.js';
import { adapterFor } from './jax/adapter.js';

export type { HostLabels, JaxAdapter, JaxArray, JaxEmdOptions, JaxEmdResult, ValueAndGradient } from './jax/index.js';

export const { emdLoss, valueAndGrad } = adapterFor(() => jax);
