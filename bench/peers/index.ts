// All peers, in the order of the report. A new peer is a file that exports a `Peer`, and a line here.
import { emdLossAsync } from './emd-loss-async.js';
import { emdLossOnce } from './emd-loss-once.js';
import { emptyLoop } from './empty-loop.js';
import { memoryCopy } from './memory-copy.js';
import { multiplyAdds } from './multiply-adds.js';
import { nativeCall } from './native-call.js';
import { onnxruntime } from './onnxruntime.js';
import type { Peer } from './peer.js';
import { plainCase } from './plain-case.js';
import { plainJavascript } from './plain-javascript/index.js';
import { plainLearned } from './plain-learned.js';
import { squaredEmd } from './squared-emd.js';
import { squaredEmdWasm } from './squared-emd-wasm.js';
import { tfjsAdapter, tfjsCpu, tfjsWasm } from './tfjs.js';
import { torchCompiled, torchEager } from './torch.js';
import { trainingPeers } from './training.js';

export const PEERS: readonly Peer[] = [
  squaredEmd,
  squaredEmdWasm,
  emdLossOnce,
  emdLossAsync,
  plainCase,
  plainJavascript,
  plainLearned,
  onnxruntime,
  tfjsAdapter,
  tfjsWasm,
  tfjsCpu,
  torchEager,
  torchCompiled,
  memoryCopy,
  multiplyAdds,
  nativeCall,
  emptyLoop,
  ...trainingPeers,
];
