// Every kind of ground distance: docs/internals/adding-a-ground-distance.md says what else one needs.
import { circular } from './circular.js';
import { energy } from './energy.js';
import type { GroundKind } from './kind.js';
import { matrix } from './matrix.js';
import { ordered } from './ordered.js';
import { tree } from './tree.js';

/** In the order of semd_ground_kind in native/include/squared_emd.h. */
export const KINDS = { ordered, circular, tree, matrix, energy } satisfies Record<string, GroundKind>;

export type GroundDistanceKind = keyof typeof KINDS;

export const KIND_NAMES = Object.keys(KINDS) as readonly GroundDistanceKind[];
