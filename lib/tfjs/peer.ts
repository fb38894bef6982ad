// The user's own tfjs, which this package neither installs nor loads before it is needed.
import type * as tfjs from '@tensorflow/tfjs-core';
import { EmdError } from '../errors';

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
