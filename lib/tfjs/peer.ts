// The user's own tfjs, which this package does not install. The entry point says where it comes from.
import type * as tfjs from '@tensorflow/tfjs-core';

export type Tfjs = typeof tfjs;

/** The part of tfjs-layers that is used. */
export interface Layers {
  CustomCallback: new (methods: { onEpochEnd: () => Promise<void> }) => object;
}

export interface Peers {
  /** @throws EmdError 'PEER_MISSING' that says what to install. */
  core(): Tfjs;
  /** The tfjs-layers that belongs to it; undefined if it cannot be found. */
  layers(): Layers | undefined;
}

let peers: Peers | undefined;
let loaded: Tfjs | undefined;

export function providePeers(provided: Peers): void {
  peers = provided;
}

/** @throws EmdError 'PEER_MISSING' that says what to install. */
export function tf(): Tfjs {
  loaded ??= (peers as Peers).core();
  return loaded;
}

export const layersPeer = (): Layers | undefined => (peers as Peers).layers();
