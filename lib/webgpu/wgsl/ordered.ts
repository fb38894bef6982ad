// E of classes in a row and its gradient in WGSL, in three steps with sums over the whole row in between: masses, costs, slopes.
//
// From logits to one class all mass moves towards it, so the mass at each boundary is summed from the outer end, and nothing cancels
// (mathematics, "One fused pass"). Else the boundaries see differences of prediction and target.
import { isExact } from './excess.js';
import { plainAway, plainMasses } from './masses.js';
import type { Formulas, KernelProblem } from './problem.js';
import { waysOf } from './ways.js';

/** What a boundary of gap `w` that `moved` crosses adds to slopes, up to the factor `power`, and to E. */
const slope = (power: number) => (power === 2 ? 'w * moved' : 'w * sign(moved)');
const cost = (power: number) => (power === 2 ? 'w * moved * moved' : 'w * abs(moved)');

/** The mass that crosses a boundary where prediction and target are compared. */
const movedAcross = (logits: boolean) =>
  logits ? 'valueOf(delta) - moves.total.x * valueOf(before)' : 'valueOf(delta)';

const onePass = ({ power }: KernelProblem) => `
// Unnormalized masses on both sides of the class, its own, and half of how far its logit is below the greatest (-1: infinitely).
fn onePassMasses() -> vec4f {
  let k = aim.label;
  var left = vec2f();
  var right = vec2f();
  var own = 0.0;
  var away = 0.0;
  for (var c = first(); c < last(); c++) {
    let bits = scoreBits(c);
    let mass = massOf(bits);
    keepMass(c, mass);
    if (c < k) { left = plus(left, mass); } else if (c > k) { right = plus(right, mass); } else {
      own = mass;
      away = select(halfBelowTop(bits), -1.0, bits == NEGATIVE_INFINITY);
    }
  }
  return vec4f(valueOf(left), valueOf(right), own, away);
}

// Slopes on both sides, and E; all still to be divided by the sum of the masses, E by its power.
fn onePassCosts(masses: Scan) -> vec4f {
  let k = aim.label;
  var sums = vec3f();
  var far = vec2f(masses.below.x, 0.0);
  for (var c = first(); c < min(last(), k); c++) {
    far = plus(far, massAt(c));
    let moved = valueOf(far);
    let w = gap(c);
    sums += vec3f(${slope(power)}, 0.0, ${cost(power)});
  }
  far = vec2f(masses.above.y, 0.0);
  for (var c = last(); c > max(first(), k + 1u); c--) {
    far = plus(far, massAt(c - 1u));
    let moved = valueOf(far);
    let w = gap(c - 2u);
    sums += vec3f(0.0, ${slope(power)}, ${cost(power)});
  }
  return vec4f(sums, 0.0);
}

// The gradient of each class of this thread, and their sum, but for the dominant one.
fn onePassSlopes(masses: Scan, costs: Scan) -> f32 {
  let k = aim.label;
  let scale = ${power === 2 ? '2.0 * inverse' : '1.0'};
  var others = 0.0;
  var far = vec2f(masses.below.x, 0.0);
  var passed = costs.below.x;
  for (var c = first(); c < min(last(), k); c++) {
    let mass = massAt(c);
    others += keepGradient(c, mass, 0.0, scale * (costs.total.x - passed));
    far = plus(far, mass);
    let moved = valueOf(far);
    let w = gap(c);
    passed += ${slope(power)};
  }
  far = vec2f(masses.above.y, 0.0);
  passed = costs.above.y;
  for (var c = last(); c > max(first(), k + 1u); c--) {
    let mass = massAt(c - 1u);
    others += keepGradient(c - 1u, mass, 0.0, scale * (costs.total.y - passed));
    far = plus(far, mass);
    let moved = valueOf(far);
    let w = gap(c - 2u);
    passed += ${slope(power)};
  }
  if (first() <= k && k < last()) { others += keepGradient(k, massAt(k), 1.0, 0.0); }
  return others;
}
`;

const differences = (problem: KernelProblem) => {
  const { power, logits } = problem;
  return `
var<private> moves: PairScan;
${plainMasses(logits)}
// What the prediction has more than the target. Of logits, all of it is 0, but for rounding: most of that is in the factor that all masses
// share.
fn differenceMoves() -> vec2f {
  var sum = vec2f();
  for (var c = first(); c < last(); c++) { sum = plusExcess(sum, c); }
  return sum;
}

// The slopes, E, and the slopes times the mass before each boundary, whose sum is that of p_i g_i.
fn differenceCosts(masses: Scan) -> vec4f {
  var sums = vec3f();
  var before = vec2f(masses.below.x * inverse, 0.0);
  var delta = moves.below;
  for (var c = first(); c < min(last(), CLASSES - 1u); c++) {
    before = plus(before, massAt(c) * inverse);
    delta = plusExcess(delta, c);
    let moved = ${movedAcross(logits)};
    let w = gap(c);
    let slope = ${slope(power)};
    sums += vec3f(slope, ${cost(power)}, slope * valueOf(before));
  }
  return vec4f(sums, 0.0);
}

fn differenceSlopes(masses: Scan, costs: Scan) -> f32 {
  var others = 0.0;
  var passed = costs.below.x;
  var before = vec2f(masses.below.x * inverse, 0.0);
  var delta = moves.below;
  for (var c = first(); c < last(); c++) {
    let mass = massAt(c);
    // Before the gradient takes the place of what is kept.
    let excess = excessAt(c);
    others += keepGradient(c, mass, targetAt(c) * inverseTarget, ${power === 2 ? '2.0 * ' : ''}(costs.total.x - passed));
    if (c == CLASSES - 1u) { break; }
    before = plus(before, mass * inverse);
    delta = ${isExact(problem) ? 'plusPair' : 'plus'}(delta, excess);
    let moved = ${movedAcross(logits)};
    let w = gap(c);
    passed += ${slope(power)};
  }
  return others;
}
`;
};

function source(problem: KernelProblem): string {
  const { logits, groundNumbers, power } = problem;
  const { one, several, byRow } = waysOf(problem);
  return `
fn gap(j: u32) -> f32 { return ${groundNumbers > 0 ? 'bitcast<f32>(constantsBits(j))' : '1.0'}; }
${one ? onePass(problem) : ''}${several ? differences(problem) : ''}
fn massesOf() -> vec4f { ${byRow('return onePassMasses();', 'return plainMasses();')}}
${several ? `fn movesOf() -> vec2f { ${byRow('return vec2f();', 'return differenceMoves();')} }` : ''}
fn costsOf(masses: Scan) -> vec4f {
  ${several ? 'moves = scanPairs(movesOf());' : ''}
  ${byRow('return onePassCosts(masses);', 'return differenceCosts(masses);')}
}
fn slopesOf(masses: Scan, costs: Scan) -> f32 {
  ${byRow('return onePassSlopes(masses, costs);', 'return differenceSlopes(masses, costs);')}
}

// The sum of the masses, and the cross entropy without its logarithm (negative: infinite).
fn sumOf(total: vec4f) -> f32 { ${byRow('return total.x + total.y + total.z;', 'return total.x;')}}
fn awayOf(total: vec4f) -> f32 { ${byRow('return 2.0 * total.w;', plainAway(logits))}}
// E, and sum_i p_i g_i.
fn emdOf(total: vec4f) -> vec2f { ${byRow(
    `let emd = total.z * ${power === 2 ? 'inverse * inverse' : 'inverse'}; return vec2f(emd, ${power}.0 * emd);`,
    `return vec2f(ofMoved(total.y), ${power}.0 * total.z);`,
  )}}
`;
}

export const ordered: Formulas = {
  // As many as there are classes: the last one is not read.
  numbers: ({ gaps }) => (gaps === undefined ? new Float32Array(0) : Float32Array.from([...gaps, 0])),
  source,
};
