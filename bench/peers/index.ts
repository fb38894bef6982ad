// Every peer, in the order of the report. A new peer is a file that exports a `Peer`, and a line here.
import { emdLossOnce } from './emd-loss-once.js';
import { emptyLoop } from './empty-loop.js';
import { memoryCopy } from './memory-copy.js';
import type { Peer } from './peer.js';
import { plainCase } from './plain-case.js';
import { plainJavascript } from './plain-javascript/index.js';
import { squaredEmd } from './squared-emd.js';

export const PEERS: readonly Peer[] = [squaredEmd, emdLossOnce, plainCase, plainJavascript, memoryCopy, emptyLoop];
