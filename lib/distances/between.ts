// How far apart the classes of each kind of ground distance are. A file of its own, so that bundles of metrics are without what checks
// ground distances.
import { between as circular } from './circular.js';
import { between as matrix } from './distance-matrix.js';
import type { ClassDistances, ReadableValues } from './kind.js';
import type { GroundDistanceKind } from './kinds.js';
import { between as ordered } from './ordered.js';
import { between as tree } from './tree.js';

export const BETWEEN: Readonly<
  Record<GroundDistanceKind, (values: ReadableValues, classes: number) => ClassDistances>
> = { ordered, circular, tree, matrix, energy: matrix };
