// tfjs as Node.js resolves it, loaded when it is needed.
import { EmdError } from '../checks/emd-error.js';
import { type Layers, providePeers, type Tfjs } from './peer.js';

providePeers({
  core() {
    try {
      return require('@tensorflow/tfjs-core') as Tfjs;
    } catch (cause) {
      throw new EmdError(
        'PEER_MISSING',
        'squared-emd/tfjs needs @tensorflow/tfjs-core: npm install @tensorflow/tfjs (or @tensorflow/tfjs-node)',
        { cause },
      );
    }
  },
  layers() {
    try {
      return require('@tensorflow/tfjs-layers') as Layers;
    } catch {
      return undefined;
    }
  },
});
