// E of any distances of negative type and its gradient in WGSL: `E = -1/2 d^T M d`, `d` the difference of prediction and target. Takes all
// pairs of classes; each thread keeps its part of the product with M until the gradient is made.
//
// From logits to one class everything is made of the mass q outside of it, so that nothing is lost for confident rows:
// `E = s (M_k . q) - 1/2 q^T M q`, `s` the sum of q (mathematics, "Energy").
import { plainAway, plainMasses } from './masses.js';
import type { KernelProblem } from './problem.js';

const ONE_CLASS = `
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

export function energy({ logits, targetType, indefinite }: KernelProblem): string {
  const several = !logits || targetType === 'distribution';
  const branch = (one: string, other: string) => {
    if (!several) return one;
    return logits ? `if (aim.label != NONE) { ${one} } ${other}` : other;
  };
  const clamped = indefinite ? 'emd' : 'max(emd, 0.0)';
  return `
var<private> products: array<f32, RUN>;
var<private> moved: f32;
fn between(i: u32, j: u32) -> f32 { return bitcast<f32>(constantsBits(j * CLASSES + i)); }
${several ? plainMasses(logits) + SEVERAL : ''}${logits ? ONE_CLASS : ''}
fn massesOf() -> vec4f { ${branch('return oneClassMasses();', 'return plainMasses();')} }
fn sumOf(total: vec4f) -> f32 { ${branch('return total.x + total.y;', 'return total.x;')} }
fn awayOf(total: vec4f) -> f32 { ${branch('return 2.0 * total.z;', plainAway(logits))} }
fn costsOf(masses: Scan, moves: Scan) -> vec4f { ${branch('return oneClassCosts(masses.total.x);', 'return severalCosts();')} }
fn emdOf(total: vec4f) -> vec2f {
  ${branch(
    `let emd = moved * total.x - 0.5 * total.y; return vec2f(${clamped}, 2.0 * emd);`,
    `let emd = -0.5 * total.x; return vec2f(${clamped}, -total.y);`,
  )}
}
fn slopesOf(masses: Scan, moves: Scan, costs: Scan) -> f32 {
  ${branch('return oneClassSlopes(costs.total.x);', 'return severalSlopes();')}
}
`;
}
