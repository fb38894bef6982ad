// The first step of formulas that need the mass of every class and no more, and the cross entropy on the way.
import type { KernelProblem } from './problem.js';
import type { Ways } from './ways.js';

export const plainMasses = (logits: boolean) => `
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
    sum = plus(sum, mass);
    if (t > 0.0) {
      ${
        logits
          ? `if (bits == NEGATIVE_INFINITY) { infinite += 1.0; } else { away = plus(away, t * inverseTarget * halfBelowTop(bits)); }`
          : 'away = plus(away, -t * inverseTarget * log(max(mass, SMALLEST)));'
      }
    }
  }
  return vec4f(valueOf(sum), 0.0, valueOf(away), infinite);
}
`;

/** From the sums of all threads: the cross entropy, from logits without its logarithm (negative: infinite). */
export const plainAway = (logits: boolean) =>
  logits ? 'return select(2.0 * total.z, -1.0, total.w > 0.0);' : 'return total.z;';

const ONE_CLASS_MASSES = `
// The masses outside of the class and of it, and half of how far its logit is below the greatest (-1: infinitely).
fn oneClassMasses() -> vec4f {
  var others = vec2f();
  var own = 0.0;
  var away = 0.0;
  for (var c = first(); c < last(); c++) {
    let bits = scoreBits(c);
    let mass = massOf(bits);
    keepMass(c, mass);
    if (c != aim.label) { others = plus(others, mass); } else {
      own = mass;
      away = select(halfBelowTop(bits), -1.0, bits == NEGATIVE_INFINITY);
    }
  }
  return vec4f(valueOf(others), own, away, 0.0);
}
`;

/** What both ways share: their sums of masses, and how the cross entropy follows. */
export const eitherMasses = ({ logits }: KernelProblem, { one, several, byRow }: Ways): string => `
${several ? plainMasses(logits) : ''}${one ? ONE_CLASS_MASSES : ''}
fn massesOf() -> vec4f { ${byRow('return oneClassMasses();', 'return plainMasses();')} }
fn sumOf(total: vec4f) -> f32 { ${byRow('return total.x + total.y;', 'return total.x;')} }
fn awayOf(total: vec4f) -> f32 { ${byRow('return 2.0 * total.z;', plainAway(logits))} }
`;
