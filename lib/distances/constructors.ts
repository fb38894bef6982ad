// The ground distances that users make, one function per kind, and `positions` for the differences of places: all of this file
// is exported by the package.
import type { Numbers } from '../checks/arguments.js';
import type { DistanceMatrix } from './distance-matrix.js';
import { checkEnergy, type EnergyOptions } from './energy.js';
import { type GroundDistance, groundDistance } from './ground-distance.js';
import { KINDS } from './kinds.js';
import { checkMatrix, type MatrixOptions } from './matrix.js';
import { checkPlaces } from './ordered.js';

export type { EnergyOptions, MatrixOptions };

/**
 * Classes in a row, as ages or grades are: `E = sum_j w_j abs(delta_j)^power`, `delta_j` the mass that has to cross
 * from class `j` to `j + 1` (Hou, Yu, Samaras, arXiv 1611.05916).
 *
 * @param gaps The distances between neighbours, [classes - 1], each greater than 0. Default: 1, for any number of classes.
 * @throws TypeError, RangeError for invalid gaps.
 */
export function ordered(gaps?: Numbers): GroundDistance {
  return groundDistance('ordered', KINDS.ordered.check({ gaps }));
}

/**
 * Classes in a row, at these places: {@link ordered} with the differences as gaps. For ages, scores, prices.
 *
 * @param xs The place of each class, [classes], finite and increasing.
 * @throws TypeError, RangeError for invalid places.
 */
export function positions(xs: Numbers): GroundDistance {
  return groundDistance('ordered', checkPlaces(xs));
}

/**
 * Classes on a circle, as months or directions are: as {@link ordered}, with the rotation of the mass that costs least.
 *
 * @param gaps The distances between neighbours, [classes]; the last is the one from the last class to the first. Each
 *   is greater than 0. Default: 1, for any number of classes.
 * @throws TypeError, RangeError for invalid gaps.
 */
export function circular(gaps?: Numbers): GroundDistance {
  return groundDistance('circular', KINDS.circular.check({ gaps }));
}

/**
 * Classes that are the nodes of a rooted tree, as in a taxonomy: `E = sum_e w_e abs(m_e)^power`, `m_e` the mass that
 * has to cross edge `e` (Evans and Matsen's closed form). Every node can carry mass; the nodes are in any order.
 *
 * @param parents The class above each class, [classes]; -1 for the one root.
 * @param lengths The length of the edge above each class, [classes], greater than 0; that of the root is not read.
 *   Default: 1.
 * @throws TypeError, RangeError for parents that form no tree, or invalid lengths.
 */
export function tree(parents: readonly number[] | Int32Array, lengths?: Numbers): GroundDistance {
  return groundDistance('tree', KINDS.tree.check({ parents: parents as readonly number[], lengths }));
}

/**
 * Any distances between the classes: `E = sum_i p_i^power c_i`, `c_i = D_ik^exponent + offset` for the class index `k`
 * (Hou, Yu, Samaras, arXiv 1611.05916, Eq. 16). With a distribution as target it is an expected cost: not 0 at `p = t`, where
 * {@link energy} is.
 *
 * @param distances [classes, classes], row by row or as an array of rows: finite, not negative, 0 on the diagonal,
 *   symmetric to 1e-5 of the largest (kept as `(D + D^T) / 2`, in single precision).
 * @param options Exponent and offset, or the name of a published setting: 'xemd1' (1, -0.5) or 'xemd2' (2, -0.25).
 * @throws TypeError, RangeError for invalid distances or options.
 */
export function matrix(distances: DistanceMatrix, options: MatrixOptions | 'xemd1' | 'xemd2' = {}): GroundDistance {
  return groundDistance('matrix', checkMatrix(distances, options));
}

/**
 * The squared EMD of any distances between the classes, their energy distance: `E = -1/2 (p - t)^T M (p - t)`,
 * `M_ij = D_ij^exponent` (Szekely and Rizzo, 2013). The same as {@link ordered} for the distances on a line and {@link tree} for
 * those in a tree; half the Brier score for equal ones. For class indices and for distributions it is least at `p = t`. Needs
 * power 2.
 *
 * @param distances As of {@link matrix}. Up to 1024 classes they are checked to be of negative type after the exponent, as distances
 *   between points and along a tree are, to 1e-5 of the largest: else E could be negative.
 * @param options `exponent`, in (0, 2], default 1; `indefinite`, default false: true for distances that are of no negative type.
 * @throws TypeError, RangeError for invalid distances or options.
 */
export function energy(distances: DistanceMatrix, options: EnergyOptions = {}): GroundDistance {
  return groundDistance('energy', checkEnergy(distances, options));
}
