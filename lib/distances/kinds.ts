// The list of all kinds of ground distances. docs/internals/adding-a-ground-distance.md says what else a kind needs.
import { circular } from './circular.js';
import { energy } from './energy.js';
import type { Form } from './form.js';
import { circular as circularForm } from './forms/circular.js';
import { energy as energyForm } from './forms/energy.js';
import { matrix as matrixForm } from './forms/matrix.js';
import { ordered as orderedForm } from './forms/ordered.js';
import { tree as treeForm } from './forms/tree.js';
import type { GroundKind } from './kind.js';
import { matrix } from './matrix.js';
import { ordered } from './ordered.js';
import { tree } from './tree.js';

/** In the order of semd_ground_kind in native/include/squared_emd.h. */
export const KINDS = { ordered, circular, tree, matrix, energy } satisfies Record<string, GroundKind>;

export type GroundDistanceKind = keyof typeof KINDS;

export const KIND_NAMES = Object.keys(KINDS) as readonly GroundDistanceKind[];

/** Their forms as expressions. A separate constant, so that bundles of metrics do not contain them. */
export const FORMS: Readonly<Record<GroundDistanceKind, Form>> = {
  ordered: orderedForm,
  circular: circularForm,
  tree: treeForm,
  matrix: matrixForm,
  energy: energyForm,
};
