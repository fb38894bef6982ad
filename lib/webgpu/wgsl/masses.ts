// The first step of formulas that need the mass of every class and no more, and the cross entropy on the way.

/** @param less What is taken from the mass of class `c`, whose share of the target is `t`. */
export const plainMasses = (logits: boolean, less = '') => `
// The sum of the masses; cross entropy from probabilities, or half the expected distance of logits below the greatest, and how many of
// those are infinite.
fn plainMasses() -> vec4f {
  var sum = vec2f();
  var away = vec2f();
  var infinite = 0.0;
  for (var c = first(); c < last(); c++) {
    let bits = scoreBits(c);
    let mass = massOf(bits);
    keepMass(c, mass);
    let t = targetAt(c);
    sum = plus(sum, mass${less});
    if (t > 0.0) {
      ${
        logits
          ? `if (bits == NEGATIVE_INFINITY) { infinite += 1.0; } else { away = plus(away, t * halfBelowTop(bits)); }`
          : 'away = plus(away, -t * log(max(mass, SMALLEST)));'
      }
    }
  }
  return vec4f(valueOf(sum), 0.0, valueOf(away), infinite);
}
`;

/** From the sums of all threads: the cross entropy, from logits without its logarithm (negative: infinite). */
export const plainAway = (logits: boolean) =>
  logits ? 'return select(2.0 * total.z * inverseTarget, -1.0, total.w > 0.0);' : 'return total.z * inverseTarget;';
