// E of any distances of negative type and its gradient in WGSL: `E = -1/2 d^T M d`, `d` the difference of prediction and target. The product
// with M takes all pairs of classes: in short rows each thread computes its own and keeps it until the gradient is made, for long ones
// product.ts does.
//
// From logits to one class everything is made of the mass q outside of it, so that nothing is lost for confident rows:
// `E = s (M_k . q) - 1/2 q^T M q`, `s` the sum of q (mathematics, "Energy").
import { eitherMasses } from './masses.js';
import type { Formulas, KernelProblem, Stage } from './problem.js';
import { waysOf } from './ways.js';

/** Leaves the product with M at class `i` in `product`. @param term What class `j` adds to it. */
const productOf = (stage: Stage, term: string) =>
  stage === 'products'
    ? 'let product = productAt(i);'
    : `
    var all = vec2f();
    for (var j = 0u; j < CLASSES; j++) { ${term} }
    let product = valueOf(all);
    products[i - first()] = product;`;

const keptProduct = (stage: Stage) => (stage === 'products' ? 'productAt(c)' : 'products[c - first()]');

const oneClass = (stage: Stage) => `
fn oneClassCosts(outside: f32) -> vec4f {
  moved = outside * inverse;
  var toClass = vec2f();
  var among = vec2f();
  for (var i = first(); i < last(); i++) {
    ${productOf(stage, 'if (j != aim.label) { all = plus(all, massAt(j) * inverse * between(i, j)); }')}
    if (i != aim.label) {
      let q = massAt(i) * inverse;
      toClass = plus(toClass, q * between(i, aim.label));
      among = plus(among, q * product);
    }
  }
  return vec4f(valueOf(toClass), valueOf(among), 0.0, 0.0);
}

fn oneClassSlopes(toClass: f32) -> f32 {
  var others = 0.0;
  for (var c = first(); c < last(); c++) {
    let isClass = c == aim.label;
    let slope = select(moved * between(c, aim.label) + toClass - ${keptProduct(stage)}, 0.0, isClass);
    others += keepGradient(c, massAt(c), select(0.0, 1.0, isClass), slope);
  }
  return others;
}
`;

const severalClasses = (stage: Stage) => `
fn severalCosts() -> vec4f {
  var moved = vec2f();
  var predicted = vec2f();
  for (var i = first(); i < last(); i++) {
    ${productOf(stage, 'all = plus(all, excessAt(j) * between(i, j));')}
    moved = plus(moved, excessAt(i) * product);
    predicted = plus(predicted, massAt(i) * inverse * product);
  }
  return vec4f(valueOf(moved), valueOf(predicted), 0.0, 0.0);
}

fn severalSlopes() -> f32 {
  var others = 0.0;
  for (var c = first(); c < last(); c++) {
    others += keepGradient(c, massAt(c), targetAt(c) * inverseTarget, -${keptProduct(stage)});
  }
  return others;
}
`;

function source(problem: KernelProblem): string {
  const ways = waysOf(problem);
  const { one, several, byRow } = ways;
  const { indefinite, stage } = problem;
  const clamped = indefinite ? 'emd' : 'max(emd, 0.0)';
  if (stage === 'vectors') {
    return `
${eitherMasses(problem, ways)}
fn vectorOf(c: u32) -> f32 {
  ${byRow('return select(massAt(c) * inverse, 0.0, c == aim.label);', 'return excessAt(c);')}
}
`;
  }
  return `
${stage === 'whole' ? 'var<private> products: array<f32, RUN>;' : ''}
var<private> moved: f32;
fn between(i: u32, j: u32) -> f32 { return bitcast<f32>(constantsBits(j * CLASSES + i)); }
${eitherMasses(problem, ways)}${several ? severalClasses(stage) : ''}${one ? oneClass(stage) : ''}
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

export const energy: Formulas = {
  numbers: ({ distances = new Float32Array(0), exponent = 1 }) => distances.map((distance) => distance ** exponent),
  source,
};
