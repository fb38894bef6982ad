// E of classes that are the nodes of a tree and its gradient in WGSL (mathematics, "Trees"). In preorder the nodes below an edge are a
// range, so the mass there is a difference of two running sums, which are pairs so that nothing is lost. Slopes along the path to a node
// are a running sum, too: in preorder each node adds its own slope, and takes back those of the nodes that have been left before it.
//
// From logits to one class the mass on the far side of an edge is that below it, or on the way from the class to the root all but that.

import { isExact } from './excess.js';
import { MOST_KEPT } from './forms.js';
import { eitherMasses } from './masses.js';
import type { Formulas, KernelProblem } from './problem.js';
import { waysOf } from './ways.js';

/** Numbers of each class, or of each place in preorder. */
const ARRAYS = ['placeOf', 'endOf', 'parentOf', 'lengthOf'] as const;

/** What kernels read of a tree: integers are exact, as there are at most 2^24 classes. */
function treeNumbers(parents: Int32Array, lengths: Float64Array | undefined): Float32Array {
  const classes = parents.length;
  const [places, ends, above, edges] = ARRAYS.map(() => new Float32Array(classes));
  const children: number[][] = Array.from({ length: classes }, () => []);
  for (const [node, parent] of parents.entries()) children[parent]?.push(node);
  const stack = [parents.indexOf(-1)];
  let place = 0;
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    places[node] = place;
    if (parents[node] >= 0) {
      above[place] = places[parents[node]];
      edges[place] = lengths?.[node] ?? 1;
    }
    place++;
    for (const child of children[node].reverse()) stack.push(child);
  }
  for (let n = classes - 1; n >= 0; n--) {
    ends[n] = Math.max(ends[n], n + 1);
    if (n > 0) ends[above[n]] = Math.max(ends[above[n]], ends[n]);
  }
  const numbers = new Float32Array(ARRAYS.length * classes);
  for (const [i, array] of [places, ends, above, edges].entries()) numbers.set(array, i * classes);
  return numbers;
}

const numbersOf = ARRAYS.map((name, i) => {
  const bits = `bitcast<f32>(constantsBits(${i}u * CLASSES + i))`;
  return name === 'lengthOf'
    ? `fn ${name}(i: u32) -> f32 { return ${bits}; }`
    : `fn ${name}(i: u32) -> u32 { return u32(${bits}); }`;
}).join('\n');

function source(problem: KernelProblem): string {
  const { power, logits } = problem;
  const ways = waysOf(problem);
  const { one, byRow } = ways;
  const averages = logits && ways.several;
  const exact = isExact(problem);
  return `
${numbersOf}
${eitherMasses(problem, ways)}
var<private> kept: array<f32, RUN>;
var<private> anchor: f32;

fn outsideOfClass(c: u32) -> f32 { return select(massAt(c), 0.0, c == aim.label); }
fn excess(c: u32) -> ${exact ? 'vec2f' : 'f32'} {
  ${byRow(`return ${exact ? 'vec2f(outsideOfClass(c), 0.0)' : 'outsideOfClass(c)'};`, 'return excessAt(c);')}
}
fn sumAt(i: u32) -> vec2f { return vec2f(work(i), work(CLASSES + 1u + i)); }
fn keepSum(i: u32, sum: vec2f) {
  workWrite(i, sum.x);
  workWrite(CLASSES + 1u + i, sum.y);
}
fn pathTo(c: u32) -> f32 { return work(CLASSES + 1u + placeOf(c)); }

// The running sums before each place, and all.
fn sumUp() {
  for (var c = first(); c < last(); c++) { ${exact ? 'keepSum' : 'workWrite'}(placeOf(c), excess(c)); }
  meet();
  var own = vec2f();
  for (var n = first(); n < last(); n++) { own = ${exact ? 'plusPair(own, sumAt(n))' : 'plus(own, work(n))'}; }
  var sum = scanPairs(own).below;
  for (var n = first(); n < last(); n++) {
    let mass = ${exact ? 'sumAt' : 'work'}(n);
    keepSum(n, sum);
    sum = ${exact ? 'plusPair' : 'plus'}(sum, mass);
  }
  if (first() < CLASSES && last() == CLASSES) { keepSum(CLASSES, sum); }
  meet();
}

// Keeps the slope of the edge above each node, by the direction in which its path to the root has it. Returns E.
// Above a class, what is far is added up from both sides of the range: all but what is near would lose the digits of a little mass.
fn slopesOfEdges() -> f32 {
  let all = sumAt(CLASSES);
  ${one ? 'let own = placeOf(select(aim.label, 0u, aim.label == NONE));' : ''}
  var emd = 0.0;
  for (var n = first(); n < last(); n++) {
    let end = endOf(n);
    var far = sumAt(end) - sumAt(n);
    ${one ? 'let isOver = aim.label != NONE && n <= own && own < end;\n    if (isOver) { far = (all - sumAt(end)) + sumAt(n); }' : ''}
    let moved = valueOf(far);
    let slope = lengthOf(n) * ${power === 2 ? 'moved' : 'sign(moved)'};
    emd += slope * moved;
    kept[n - first()] = ${one ? 'select(slope, -slope, isOver)' : 'slope'};
  }
  return emd;
}

// What the path changes by from the node before to this one.
fn turn(n: u32) -> f32 {
  var change = work(n);
  if (n == 0u) { return change; }
  let parent = parentOf(n);
  for (var left = n - 1u; left != parent; left = parentOf(left)) { change -= work(left); }
  return change;
}

fn sumUpPaths() {
  meet();
  for (var n = first(); n < last(); n++) { workWrite(n, kept[n - first()]); }
  meet();
  var own = vec2f();
  for (var n = first(); n < last(); n++) {
    let change = turn(n);
    kept[n - first()] = change;
    own = plus(own, change);
  }
  var path = scanPairs(own).below;
  for (var n = first(); n < last(); n++) {
    path = plus(path, kept[n - first()]);
    workWrite(CLASSES + 1u + n, valueOf(path));
  }
  meet();
}

${
  averages
    ? `
// Else an error of the factor that all masses share would cross every edge.
fn balance() {
  var sum = vec2f();
  for (var c = first(); c < last(); c++) { sum = plusExcess(sum, c); }
  correct(scan(vec4f(valueOf(sum), 0.0, 0.0, 0.0)).total.x);
}`
    : ''
}
fn costsOf(masses: Scan) -> vec4f {
  ${averages ? 'balance();' : ''}
  sumUp();
  let emd = slopesOfEdges();
  sumUpPaths();
  var mean = vec2f();
  ${averages ? 'for (var c = first(); c < last(); c++) { mean = plus(mean, massAt(c) * inverse * pathTo(c)); }' : ''}
  return vec4f(emd, valueOf(mean), 0.0, 0.0);
}

fn emdOf(total: vec4f) -> vec2f {
  ${byRow(
    `anchor = pathTo(aim.label); let emd = total.x * ${power === 2 ? 'inverse * inverse' : 'inverse'}; return vec2f(emd, ${power}.0 * emd);`,
    `anchor = 0.0; return vec2f(ofMoved(total.x), ${power}.0 * total.y);`,
  )}
}

fn slopesOf(masses: Scan, costs: Scan) -> f32 {
  ${byRow(`let scale = ${power === 2 ? '2.0 * inverse' : '1.0'}; return slopesAlong(scale);`, `return slopesAlong(${power}.0);`)}
}

fn slopesAlong(scale: f32) -> f32 {
  var others = 0.0;
  for (var c = first(); c < last(); c++) {
    others += keepGradient(c, massAt(c), targetAt(c) * inverseTarget, scale * (pathTo(c) - anchor));
  }
  return others;
}
`;
}

export const tree: Formulas = {
  mostClasses: MOST_KEPT,
  numbers: ({ parents = new Int32Array(0), lengths }) => treeNumbers(parents, lengths),
  source,
};
