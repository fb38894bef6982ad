// The user's own tfjs, which this package neither installs nor loads before it is needed.
import type * as tfjs from '@tensorflow/tfjs-core';
import { EmdError } from '../checks/errors';

export type Tfjs = typeof tfjs;

let loaded: Tfjs | undefined;

/** @throws EmdError that says what to install. */
export function tf(): Tfjs {
  try {
    loaded ??= require('@tensorflow/tfjs-core') as Tfjs;
    return loaded;
  } catch (cause) {
    throw new EmdError(
      'PEER_MISSING',
      'squared-emd/tfjs needs @tensorflow/tfjs-core: npm install @tensorflow/tfjs (or @tensorflow/tfjs-node)',
      { cause },
    );
  }
}

/** What is used of tfjs-layers. */
interface Layers {
  CustomCallback: new (methods: { onEpochEnd: () => Promise<void> }) => object;
}

/** The tfjs-layers that belongs to it. Undefined where it cannot be found. */
export function layersPeer(): Layers | undefined {
  try {
    return require('@tensorflow/tfjs-layers') as Layers;
  } catch {
    return undefined;
  }
}
