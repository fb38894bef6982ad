// The functions that make ground distances, one per kind, and `positions`. The package exports everything in this file.
import type { Numbers } from '../checks/arguments.js';
import type { DistanceMatrix } from './distance-matrix.js';
import { checkEnergy, type EnergyOptions } from './energy.js';
import { type GroundDistance, groundDistance } from './ground-distance.js';
import { KINDS } from './kinds.js';
import { checkMatrix, type MatrixOptions } from './matrix.js';
import { checkPlaces } from './ordered.js';

export type { EnergyOptions, MatrixOptions };

/**
 * Classes on a line, such as ages or grades: `E = sum_j w_j abs(delta_j)^power`, where `delta_j` is the mass that has to move
 * from class `j` to class `j + 1` (Hou, Yu, Samaras, arXiv 1611.05916).
 *
 * @param gaps The distances between neighbours, [classes - 1], each greater than 0. Default: 1, for any number of classes.
 * @throws TypeError, RangeError for invalid gaps.
 */
export function ordered(gaps?: Numbers): GroundDistance {
  return groundDistance('ordered', KINDS.ordered.check({ gaps }));
}

/**
 * Classes at given places on a line, such as ages, scores or prices: {@link ordered} with the differences as gaps.
 *
 * @param xs The place of each class, [classes], finite and increasing.
 * @throws TypeError, RangeError for invalid places.
 */
export function positions(xs: Numbers): GroundDistance {
  return groundDistance('ordered', checkPlaces(xs));
}

/**
 * Classes on a circle, such as months or directions: like {@link ordered}, with the amount of mass moved round the circle that
 * costs least.
 *
 * @param gaps The distances between neighbours, [classes], each greater than 0; the last is that from the last class to the
 *   first. Default: 1, for any number of classes.
 * @throws TypeError, RangeError for invalid gaps.
 */
export function circular(gaps?: Numbers): GroundDistance {
  return groundDistance('circular', KINDS.circular.check({ gaps }));
}

/**
 * Classes that are the nodes of a rooted tree, such as a taxonomy: `E = sum_e w_e abs(m_e)^power`, where `m_e` is the mass that
 * has to cross edge `e` (Evans and Matsen's closed form). Every node can have mass; the nodes may be in any order.
 *
 * @param parents The class above each class, [classes]; -1 for the one root.
 * @param lengths The length of the edge above each class, [classes], each greater than 0; that of the root is not read.
 *   Default: 1.
 * @throws TypeError, RangeError for parents that do not form a tree, or invalid lengths.
 */
export function tree(parents: readonly number[] | Int32Array, lengths?: Numbers): GroundDistance {
  return groundDistance('tree', KINDS.tree.check({ parents: parents as readonly number[], lengths }));
}

/**
 * Any distances between the classes: `E = sum_i p_i^power c_i`, where `c_i = D_ik^exponent + offset` for the class index `k`
 * (Hou, Yu, Samaras, arXiv 1611.05916, Eq. 16). With a distribution as target it is an expected cost, which is not 0 at `p = t`;
 * {@link energy} is.
 *
 * @param distances [classes, classes], row by row or as an array of rows: finite, not negative, 0 on the diagonal, and
 *   symmetric to 1e-5 of the largest (kept as `(D + D^T) / 2`, in single precision).
 * @param options Exponent and offset, or the name of a published setting: 'xemd1' (1, -0.5) or 'xemd2' (2, -0.25).
 * @throws TypeError, RangeError for invalid distances or options.
 */
export function matrix(distances: DistanceMatrix, options: MatrixOptions | 'xemd1' | 'xemd2' = {}): GroundDistance {
  return groundDistance('matrix', checkMatrix(distances, options));
}

/**
 * The squared EMD for any distances between the classes, their energy distance: `E = -1/2 (p - t)^T M (p - t)`, where
 * `M_ij = D_ij^exponent` (Szekely and Rizzo, 2013). It is the same as {@link ordered} for distances on a line, as {@link tree}
 * for distances in a tree, and as half the Brier score for equal distances. For class indices and distributions alike it is
 * least at `p = t`. Needs power 2.
 *
 * @param distances As for {@link matrix}. Up to 1024 classes it is checked that, after the exponent, they are of negative type to
 *   1e-5 of the largest, as distances between points and along a tree are; otherwise E could be negative.
 * @param options `exponent`, in (0, 2], default 1; `indefinite`, default false, is true for distances that are not of negative
 *   type.
 * @throws TypeError, RangeError for invalid distances or options.
 */
export function energy(distances: DistanceMatrix, options: EnergyOptions = {}): GroundDistance {
  return groundDistance('energy', checkEnergy(distances, options));
}
