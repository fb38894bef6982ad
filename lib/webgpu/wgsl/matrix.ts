// E of any distances between classes and its gradient in WGSL: `E = sum_i p_i^power c_i`, `c_i` the cost of moving to the class, or the
// expected one of a distribution. That takes all pairs of classes, each time that the costs are needed, or for long rows once (product.ts).
import { plainAway, plainMasses } from './masses.js';
import type { Formulas, KernelProblem } from './problem.js';

/** What classes share of the target, whose products with the matrix are expected costs. */
const vectors = (logits: boolean) => `
${plainMasses(logits)}
fn massesOf() -> vec4f { return plainMasses(); }
fn sumOf(total: vec4f) -> f32 { return total.x; }
fn vectorOf(c: u32) -> f32 { return select(targetAt(c) * inverseTarget, 0.0, aim.label != NONE); }
`;

const costs = ({ stage, logits, power, targetType }: KernelProblem): string => `
${plainMasses(logits)}
fn between(i: u32, k: u32) -> f32 { return bitcast<f32>(constantsBits(k * CLASSES + i)); }
fn costOf(i: u32) -> f32 {
  ${
    targetType === 'distribution'
      ? `
  if (aim.label == NONE) {
    ${
      stage === 'products'
        ? 'return productAt(i);'
        : `
    var cost = vec2f();
    for (var k = 0u; k < CLASSES; k++) { cost = plus(cost, targetAt(k) * between(i, k)); }
    return valueOf(cost) * inverseTarget;`
    }
  }`
      : ''
  }
  return between(i, aim.label);
}

fn massesOf() -> vec4f { return plainMasses(); }
fn sumOf(total: vec4f) -> f32 { return total.x; }
fn awayOf(total: vec4f) -> f32 { ${plainAway(logits)} }

fn costsOf(masses: Scan) -> vec4f {
  var sum = vec2f();
  for (var c = first(); c < last(); c++) {
    let p = massAt(c) * inverse;
    if (p != 0.0) { sum = plus(sum, ${power === 2 ? 'p * p' : 'p'} * costOf(c)); }
  }
  return vec4f(valueOf(sum), 0.0, 0.0, 0.0);
}

// sum_i p_i g_i = power * E.
fn emdOf(total: vec4f) -> vec2f { return vec2f(total.x, ${power}.0 * total.x); }

fn slopesOf(masses: Scan, costs: Scan) -> f32 {
  var others = 0.0;
  for (var c = first(); c < last(); c++) {
    let mass = massAt(c);
    others += keepGradient(c, mass, targetAt(c) * inverseTarget, ${power === 2 ? '2.0 * mass * inverse * ' : ''}costOf(c));
  }
  return others;
}
`;

export const matrix: Formulas = {
  numbers: ({ distances = new Float32Array(0), exponent = 1, offset = 0 }) =>
    distances.map((distance) => distance ** exponent + offset),
  source: (problem) => (problem.stage === 'vectors' ? vectors(problem.logits) : costs(problem)),
};
