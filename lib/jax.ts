// The entry point for jax-js in Node.js, Bun and Deno, for `require`.
import './backends/node.js';
import { EmdError } from './checks/emd-error.js';
import { adapterFor } from './jax/adapter.js';
import type { Jax } from './jax/peer.js';

export type { HostLabels, JaxAdapter, JaxArray, JaxEmdOptions, JaxEmdResult, ValueAndGradient } from './jax/index.js';

export const { emdLoss, valueAndGrad } = adapterFor(() => {
  try {
    return require('@jax-js/jax') as Jax;
  } catch (cause) {
    throw new EmdError('PEER_MISSING', 'squared-emd/jax needs @jax-js/jax: npm install @jax-js/jax', { cause });
  }
});
