// Whether distances are of negative type, that is, sum_ij x_i x_j M_ij <= 0 for every x that adds up to 0: then no energy is
// negative.

/** The largest error due to rounding to single precision, as a share of the largest entry. */
const TOLERANCE = 1e-5;

/**
 * M is of negative type if and only if `B_ij = (M_i0 + M_0j - M_ij) / 2` has no negative eigenvalue (Schoenberg, 1938). A
 * Cholesky factorization in double precision decides that, taking the largest remaining diagonal entry first.
 *
 * @param m [classes, classes], symmetric, with zeros on the diagonal.
 */
export function isOfNegativeType(m: Float64Array, classes: number): boolean {
  const tolerance = TOLERANCE * m.reduce((a, b) => Math.max(a, b));
  const product = (i: number, j: number) => (m[i * classes] + m[j] - m[i * classes + j]) / 2;
  const factors = Array.from({ length: classes }, () => new Float64Array(classes));
  const diagonal = Float64Array.from({ length: classes }, (_, i) => product(i, i));
  const remaining = Array.from({ length: classes - 1 }, (_, i) => i + 1); // the row of class 0 is 0
  for (let step = 0; remaining.length > 0; step++) {
    const largest = remaining.reduce((best, i) => (diagonal[i] > diagonal[best] ? i : best));
    const residue = (i: number, j: number) => product(i, j) - dot(factors[i], factors[j], step);
    // If the diagonal is nothing but rounding errors, everything else has to be, too.
    if (diagonal[largest] <= tolerance) {
      return remaining.every((i) => remaining.every((j) => j >= i || Math.abs(residue(i, j)) <= tolerance));
    }
    remaining.splice(remaining.indexOf(largest), 1);
    const root = Math.sqrt(diagonal[largest]);
    for (const i of remaining) {
      const factor = residue(i, largest) / root;
      factors[i][step] = factor;
      diagonal[i] -= factor * factor;
      if (diagonal[i] < -tolerance) return false;
    }
  }
  return true;
}

function dot(a: Float64Array, b: Float64Array, count: number): number {
  let sum = 0;
  for (let k = 0; k < count; k++) sum += a[k] * b[k];
  return sum;
}
