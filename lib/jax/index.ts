// The types of `squared-emd/jax`.
export type { JaxAdapter, JaxEmdResult, ValueAndGradient } from './adapter.js';
export type { HostLabels, JaxEmdOptions } from './loss.js';
export type { JaxArray } from './peer.js';
