// E of classes on a circle and its gradient in WGSL: the mass that crosses each boundary of the line, less what goes round the whole
// circle the other way (mathematics, "Circular"). All slopes add up to 0, so one boundary takes minus the sum of the others: with power 2
// that of a dominant gap, whose own would cancel, with power 1 the one at which the median is attained.
//
// With power 1, from logits to one class, no median is needed: each part of the mass takes the shorter way.
import { MOST_KEPT } from './forms.js';
import { eitherMasses } from './masses.js';
import type { Formulas, KernelProblem } from './problem.js';
import { type Ways, waysOf } from './ways.js';

/** Numbers for each class, in this order; behind all of them the circumference, and the index of a dominant gap, or as many as there are classes. */
const SQUARED = ['gap', 'onward'] as const;
const PLAIN = ['gap', 'onward', 'place', 'placeRest'] as const;

/** From how many times the mean of the others on a gap is dominant. */
const DOMINANCE = 16;

/** What kernels read of a circle whose gaps are not all 1. */
function circleNumbers(gaps: Float64Array, power: number): Float32Array {
  const classes = gaps.length;
  const arrays = power === 2 ? SQUARED.length : PLAIN.length;
  const numbers = new Float32Array(arrays * classes + 2);
  let onward = 0;
  let widest = classes - 1;
  for (let c = classes - 1; c >= 0; c--) {
    if (gaps[c] >= gaps[widest]) widest = c;
    onward += gaps[c];
    numbers[c] = gaps[c];
    numbers[classes + c] = onward;
  }
  if (power === 1) {
    for (let c = 0, place = 0; c < classes; place += gaps[c++]) {
      numbers[2 * classes + c] = place;
      numbers[3 * classes + c] = place - Math.fround(place);
    }
  }
  const isDominant = gaps[widest] * (classes - 1) > DOMINANCE * (onward - gaps[widest]);
  numbers.set([onward, isDominant ? widest : classes], arrays * classes);
  return numbers;
}

const circle = ({ groundNumbers, power }: KernelProblem) => {
  if (groundNumbers === 0) {
    return `
fn gap(c: u32) -> f32 { return 1.0; }
fn onward(c: u32) -> f32 { return f32(CLASSES - c); }
fn circumference() -> f32 { return f32(CLASSES); }
fn dominantGap() -> u32 { return CLASSES; }
fn arc(i: u32, k: u32) -> f32 {
  let direct = max(i, k) - min(i, k);
  return f32(min(direct, CLASSES - direct));
}
`;
  }
  const arrays = power === 2 ? SQUARED : PLAIN;
  const behind = `${arrays.length}u * CLASSES`;
  return `
${arrays.map((name, i) => `fn ${name}(c: u32) -> f32 { return bitcast<f32>(constantsBits(${i}u * CLASSES + c)); }\n`).join('')}
fn circumference() -> f32 { return bitcast<f32>(constantsBits(${behind})); }
fn dominantGap() -> u32 { return u32(bitcast<f32>(constantsBits(${behind} + 1u))); }
${
  power === 2
    ? ''
    : `
fn arc(i: u32, k: u32) -> f32 {
  let near = min(i, k);
  let far = max(i, k);
  let direct = (place(far) - place(near)) + (placeRest(far) - placeRest(near));
  return min(direct, place(near) + onward(far));
}`
}
`;
};

const ARCS = `
fn arcCosts() -> vec4f {
  var sum = vec2f();
  for (var c = first(); c < last(); c++) { sum = plus(sum, massAt(c) * inverse * arc(c, aim.label)); }
  return vec4f(valueOf(sum), 0.0, 0.0, 0.0);
}

fn arcSlopes() -> f32 {
  var others = 0.0;
  for (var c = first(); c < last(); c++) {
    others += keepGradient(c, massAt(c), select(0.0, 1.0, c == aim.label), arc(c, aim.label));
  }
  return others;
}
`;

/** The weighted mean of the crossings is taken from them: a first one, and then what rounding has left of it. */
const MEAN = `
fn center(moves: Scan) {
  special = dominantGap();
  let length = circumference();
  let mean = moves.total.y / length;
  var left = vec2f();
  for (var c = first(); c < last(); c++) {
    let crossing = crossingOf(c, moves, mean);
    crossings[c - first()] = crossing;
    left = plus(left, gap(c) * crossing);
  }
  let correction = scan(vec4f(valueOf(left), 0.0, 0.0, 0.0)).total.x / length;
  for (var c = first(); c < last(); c++) { crossings[c - first()] -= correction; }
}
`;

/**
 * The same with a weighted median, whose bits are found from the highest to the lowest. Then, as crossings that round to the same may still
 * differ, E is summed from what they are in two parts.
 */
const MEDIAN = `
fn keyOf(x: f32) -> u32 {
  let bits = bitcast<u32>(select(x, 0.0, x == 0.0));
  return select(bits | 0x80000000u, ~bits, bits >= 0x80000000u);
}
fn valueOfKey(key: u32) -> f32 { return bitcast<f32>(select(~key, key ^ 0x80000000u, key >= 0x80000000u)); }
fn keyAt(c: u32) -> u32 { return keyOf(crossings[c - first()]); }

// The gaps of crossings below a key, and at it.
fn gapsAt(key: u32) -> Scan {
  var below = 0.0;
  var at = 0.0;
  for (var c = first(); c < last(); c++) {
    let own = keyAt(c);
    below += select(0.0, gap(c), own < key);
    at += select(0.0, gap(c), own == key);
  }
  return scan(vec4f(below, at, 0.0, 0.0));
}

fn center(moves: PairScan) {
  for (var c = first(); c < last(); c++) { crossings[c - first()] = valueOf(crossingOf(c, moves)); }
  let half = 0.5 * circumference();
  var median = 0u;
  for (var bit = 0u; bit < 32u; bit++) {
    let candidate = median | (0x80000000u >> bit);
    if (gapsAt(candidate).total.x < half) { median = candidate; }
  }
  // Of several crossings of that value it is the one at which half of the circle is reached; the last one, if rounding hides it.
  let gaps = gapsAt(median);
  var reached = gaps.total.x + gaps.below.y;
  var found = vec2f(-LARGEST, 0.0);
  for (var c = first(); c < last(); c++) {
    if (keyAt(c) != median) { continue; }
    reached += gap(c);
    found = max(found, vec2f(select(-LARGEST, -f32(c), reached >= half), f32(c)));
  }
  found = greatest(found);
  special = select(u32(found.y), u32(-found.x), found.x > -LARGEST);
  let value = valueOfKey(median);
  var own = vec2f();
  for (var c = first(); c < last(); c++) {
    let crossing = crossingOf(c, moves);
    if (c == special) { own = crossing; }
    crossings[c - first()] -= value;
  }
  let middle = scan(vec4f(own, 0.0, 0.0)).total.xy;
  cost = 0.0;
  for (var c = first(); c < last(); c++) { cost += gap(c) * abs(valueOf(crossingOf(c, moves) - middle)); }
}
`;

/** What a boundary that `crossing` crosses adds to slopes, up to the factor `power`. */
const slope = (power: number) => (power === 2 ? 'gap(c) * crossing' : 'gap(c) * sign(crossing)');

/** What crosses the boundary behind each class, found by classes one after the other; of power 2 less a center. */
const meanCrossings = ({ logits }: KernelProblem, { one, several, byRow }: Ways) => `
${
  one
    ? `// To one class: the mass outside of it, and the slopes before it; 0 where several share the mass.
var<private> moved: f32;
var<private> anchor: f32;`
    : ''
}

// What a class has more of the prediction than of the target.
fn excess(c: u32) -> f32 {
  ${byRow('return select(massAt(c) * inverse, -moved, c == aim.label);', 'return excessAt(c);')}
}

fn movesOf(masses: Scan) -> vec4f {
  ${one ? 'moved = masses.total.x * inverse;' : ''}
  var sum = vec2f();
  var lever = vec2f();
  for (var c = first(); c < last(); c++) {
    let m = excess(c);
    sum = plus(sum, m);
    lever = plus(lever, m * onward(c));
  }
  return vec4f(valueOf(sum), valueOf(lever), 0.0, 0.0);
}

fn crossingOf(c: u32, moves: Scan, center: f32) -> f32 {
  if (c == first()) {
    delta = vec2f(moves.below.x, 0.0);
    before = vec2f(massBefore, 0.0);
  }
  delta = plus(delta, excess(c));
  ${several && logits ? 'before = plus(before, massAt(c) * inverse);' : ''}
  return (delta.x - center) + ${several && logits ? '(delta.y - select(moves.total.x, 0.0, aim.label != NONE) * valueOf(before))' : 'delta.y'};
}
${MEAN}`;

const medianCrossings = ({ logits }: KernelProblem) => `
// What this thread's part of the circle adds to E.
var<private> cost: f32;

fn movesOf() -> vec2f {
  var sum = vec2f();
  for (var c = first(); c < last(); c++) { sum = plusExcess(sum, c); }
  return sum;
}

fn crossingOf(c: u32, moves: PairScan) -> vec2f {
  if (c == first()) {
    delta = moves.below;
    before = vec2f(massBefore, 0.0);
  }
  delta = plusExcess(delta, c);
  ${logits ? 'before = plus(before, massAt(c) * inverse);\n  return vec2f(delta.x, delta.y - moves.total.x * valueOf(before));' : 'return delta;'}
}
${MEDIAN}`;

const around = (problem: KernelProblem) => {
  const { power } = problem;
  const ways = waysOf(problem);
  const squared = power === 2;
  const squaredOne = ways.one && squared;
  const byTarget = (first: string, second: string) => (squaredOne ? ways.byRow(first, second) : second);
  return `
var<private> crossings: array<f32, RUN>;
var<private> special: u32;
// The special boundary's slope, if there is one.
var<private> balance: f32;
// The mass before this thread's classes and before a class, and what crosses its boundary. Of logits all differences should add up to 0:
// what rounding leaves is in the factor that all masses share.
var<private> massBefore: f32;
var<private> before: vec2f;
var<private> delta: vec2f;
${squared ? meanCrossings(problem, ways) : medianCrossings(problem)}
// Of all boundaries but the special one: slopes, costs, and the slopes before the class; where there is none, instead of those the slopes
// times the mass before them, and that mass at the special one.
fn aroundCosts(masses: Scan) -> vec4f {
  var sums = vec4f();
  var slopes = vec2f();
  ${squaredOne ? 'var inFront = vec2f();' : ''}
  var passed = vec2f(masses.below.x * inverse, 0.0);
  for (var c = first(); c < last(); c++) {
    let crossing = crossings[c - first()];
    passed = plus(passed, massAt(c) * inverse);
    if (c == special) {
      ${byTarget('continue;', 'sums.w = valueOf(passed); continue;')}
    }
    let slope = ${slope(power)};
    slopes = plus(slopes, slope);
    ${squared ? 'sums.y += gap(c) * crossing * crossing;' : ''}
    ${byTarget('inFront = plus(inFront, select(0.0, slope, c < aim.label)); continue;', 'sums.z += slope * valueOf(passed);')}
  }
  sums.x = valueOf(slopes);
  ${squared ? '' : 'sums.y = cost;'}
  ${byTarget('sums.z = valueOf(inFront);', '')}
  return sums;
}

fn aroundEmd(total: vec4f) -> vec2f {
  balance = select(-total.x, 0.0, special == CLASSES);
  ${squared ? 'var emd = total.y; if (special < CLASSES) { emd += balance * balance / gap(special); }' : 'let emd = ofMoved(total.y);'}
  ${byTarget(
    'anchor = total.z + select(0.0, balance, special < aim.label); return vec2f(emd, 2.0 * emd);',
    `${squaredOne ? 'anchor = 0.0; ' : ''}return vec2f(emd, ${power}.0 * (total.z + balance * total.w));`,
  )}
}

fn aroundSlopes(costs: Scan) -> f32 {
  var others = 0.0;
  var passed = vec2f(costs.below.x + select(0.0, balance, special < first()), 0.0);
  for (var c = first(); c < last(); c++) {
    let slope = ${power}.0 * ${squaredOne ? 'select(anchor - valueOf(passed), 0.0, c == aim.label)' : '-valueOf(passed)'};
    others += keepGradient(c, massAt(c), targetAt(c) * inverseTarget, slope);
    let crossing = crossings[c - first()];
    passed = plus(passed, select(${slope(power)}, balance, c == special));
  }
  return others;
}
`;
};

function source(problem: KernelProblem): string {
  const { power } = problem;
  const ways = waysOf(problem);
  const { one, several, byRow } = ways;
  const takesArcs = one && power === 1;
  const byArcs = (first: string, second: string) => (takesArcs ? byRow(first, second) : second);
  const goesAround = several || power === 2;
  return `
${circle(problem)}${eitherMasses(problem, ways)}${takesArcs ? ARCS : ''}${goesAround ? around(problem) : ''}
fn costsOf(masses: Scan) -> vec4f {
  ${goesAround ? `massBefore = masses.below.x * inverse;\n  center(${power === 2 ? 'scan(movesOf(masses))' : 'scanPairs(movesOf())'});` : ''}
  ${byArcs('return arcCosts();', 'return aroundCosts(masses);')}
}
fn emdOf(total: vec4f) -> vec2f { ${byArcs('return vec2f(total.x, total.x);', 'return aroundEmd(total);')} }
fn slopesOf(masses: Scan, costs: Scan) -> f32 { ${byArcs('return arcSlopes();', 'return aroundSlopes(costs);')} }
`;
}

export const circular: Formulas = {
  mostClasses: MOST_KEPT,
  numbers: ({ gaps }, power) => (gaps === undefined ? new Float32Array(0) : circleNumbers(gaps, power)),
  source,
};
