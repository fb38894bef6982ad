// E of any distances of negative type and its gradient in WGSL: `E = -1/2 d^T M d`, `d` the difference of prediction and target. Takes all
// pairs of classes; each thread keeps its part of the product with M until the gradient is made.
//
// From logits to one class everything is made of the mass q outside of it, so that nothing is lost for confident rows:
// `E = s (M_k . q) - 1/2 q^T M q`, `s` the sum of q (mathematics, "Energy").
import { eitherMasses } from './masses.js';
import type { KernelProblem } from './problem.js';
import { waysOf } from './ways.js';

const ONE_CLASS = `
fn oneClassCosts(outside: f32) -> vec4f {
  moved = outside * inverse;
  var toClass = vec2f();
  var among = vec2f();
  for (var i = first(); i < last(); i++) {
    var product = vec2f();
    for (var j = 0u; j < CLASSES; j++) {
      if (j != aim.label) { product = plus(product, massAt(j) * inverse * between(i, j)); }
    }
    products[i - first()] = valueOf(product);
    if (i != aim.label) {
      let q = massAt(i) * inverse;
      toClass = plus(toClass, q * between(i, aim.label));
      among = plus(among, q * valueOf(product));
    }
  }
  return vec4f(valueOf(toClass), valueOf(among), 0.0, 0.0);
}

fn oneClassSlopes(toClass: f32) -> f32 {
  var others = 0.0;
  for (var c = first(); c < last(); c++) {
    let isClass = c == aim.label;
    let slope = select(moved * between(c, aim.label) + toClass - products[c - first()], 0.0, isClass);
    others += keepGradient(c, massAt(c), select(0.0, 1.0, isClass), slope);
  }
  return others;
}
`;

const SEVERAL = `
fn severalCosts() -> vec4f {
  var all = vec2f();
  var predicted = vec2f();
  for (var i = first(); i < last(); i++) {
    var product = vec2f();
    for (var j = 0u; j < CLASSES; j++) {
      product = plus(product, (massAt(j) * inverse - targetAt(j) * inverseTarget) * between(i, j));
    }
    products[i - first()] = valueOf(product);
    let p = massAt(i) * inverse;
    all = plus(all, (p - targetAt(i) * inverseTarget) * valueOf(product));
    predicted = plus(predicted, p * valueOf(product));
  }
  return vec4f(valueOf(all), valueOf(predicted), 0.0, 0.0);
}

fn severalSlopes() -> f32 {
  var others = 0.0;
  for (var c = first(); c < last(); c++) {
    others += keepGradient(c, massAt(c), targetAt(c) * inverseTarget, -products[c - first()]);
  }
  return others;
}
`;

export function energy(problem: KernelProblem): string {
  const ways = waysOf(problem);
  const { one, several, byRow } = ways;
  const clamped = problem.indefinite ? 'emd' : 'max(emd, 0.0)';
  return `
var<private> products: array<f32, RUN>;
var<private> moved: f32;
fn between(i: u32, j: u32) -> f32 { return bitcast<f32>(constantsBits(j * CLASSES + i)); }
${eitherMasses(problem, ways)}${several ? SEVERAL : ''}${one ? ONE_CLASS : ''}
fn costsOf(masses: Scan) -> vec4f { ${byRow('return oneClassCosts(masses.total.x);', 'return severalCosts();')} }
fn emdOf(total: vec4f) -> vec2f {
  ${byRow(
    `let emd = moved * total.x - 0.5 * total.y; return vec2f(${clamped}, 2.0 * emd);`,
    `let emd = -0.5 * total.x; return vec2f(${clamped}, -total.y);`,
  )}
}
fn slopesOf(masses: Scan, costs: Scan) -> f32 {
  ${byRow('return oneClassSlopes(costs.total.x);', 'return severalSlopes();')}
}
`;
}
