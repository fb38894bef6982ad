// Every kind of ground distance. Adding one adds its file, its line here and in lib/onnx/grounds/forms.ts, and its constructor.
import { circular } from './circular.js';
import type { GroundKind } from './kind.js';
import { matrix } from './matrix.js';
import { ordered } from './ordered.js';
import { tree } from './tree.js';

/** In the order of semd_ground_kind in native/include/squared_emd.h. */
export const KINDS = { ordered, circular, tree, matrix } satisfies Record<string, GroundKind>;

export type GroundDistanceKind = keyof typeof KINDS;

export const KIND_NAMES = Object.keys(KINDS) as readonly GroundDistanceKind[];
