// The kernel of the loss in WGSL: reads rows, and writes their losses, their gradients, and what each lane adds to the batch.
import { ARITHMETIC } from './arithmetic.js';
import { excess, isExact } from './excess.js';
import { eachClass, form, layoutFor } from './forms.js';
import { FORMULAS, targetAt } from './formulas.js';
import { memory } from './memory.js';
import type { KernelProblem } from './problem.js';
import { ROW_VECTORS } from './product.js';
import { targets } from './targets.js';
import { LANE_SUMS, weightSumOfRows } from './totals.js';

/** What the predictions of a row become: masses, of which probabilities are multiples. */
const masses = (problem: KernelProblem) => `
var<private> top: f32;
// Halves, as a difference of logits may be beyond float32.
fn halfBelowTop(bits: u32) -> f32 { return 0.5 * top - 0.5 * bitcast<f32>(bits); }
${MASSES[`${problem.logits ? 'logits' : 'probabilities'}${isExact(problem) ? 'InParts' : ''}`]}
`;

const LOGIT_MASS = `
  if (bits == NEGATIVE_INFINITY) { return 0.0; }
  return exponential(-2.0 * min(halfBelowTop(bits), 60.0));`;

const MASSES = {
  logits: `fn massOf(bits: u32) -> f32 {${LOGIT_MASS}\n}`,
  // A row of one class needs none, and has the same bits wherever it is.
  logitsInParts: `
fn massInParts(bits: u32) -> vec2f {
  if (bits == NEGATIVE_INFINITY) { return vec2f(); }
  let away = plus(vec2f(0.5 * top, 0.0), -0.5 * bitcast<f32>(bits));
  return exponentialInParts(-2.0 * vec2f(min(away.x, 60.0), away.y));
}
fn massOf(bits: u32) -> f32 {
  if (aim.label == NONE) { return massInParts(bits).x; }${LOGIT_MASS}
}`,
  probabilities: 'fn massOf(bits: u32) -> f32 { return bitcast<f32>(bits); }',
  probabilitiesInParts: `
fn massInParts(bits: u32) -> vec2f { return vec2f(bitcast<f32>(bits), 0.0); }
fn massOf(bits: u32) -> f32 { return bitcast<f32>(bits); }`,
};

/** Whether threads put together what they know by subgroups. */
const usesSubgroups = (problem: KernelProblem): boolean => problem.subgroup > 1 && layoutFor(problem).threads > 1;

/** Whether sums have no barriers that would keep threads from looking at what others still read or write of the row. */
function needsBarrier(problem: KernelProblem): boolean {
  const { form, threads } = layoutFor(problem);
  return form === 'workgroup' && threads <= problem.subgroup;
}

/** Reads the row once; what it returns is the same for all its threads. */
const reading = (problem: KernelProblem) => {
  const { logits, targetType } = problem;
  const distributions = targetType === 'distribution';
  const addsUp = isExact(problem) && !logits && distributions;
  return `
${addsUp ? 'var<private> targetSum: vec2f;' : ''}
struct Read { aim: Target, isBad: bool }
fn readRow(row: u32) -> Read {
  var isBad = ${usesSubgroups(problem) ? 'isTorn' : 'false'};
  var most = vec2f(-LARGEST, -1.0);
  ${distributions ? 'var seen = Seen(vec4f(), false);' : ''}
  ${addsUp ? 'targetSum = vec2f();' : ''}
  for (${eachClass(layoutFor(problem))}) {
    let bits = predictionsBits(start + c * call.inner);
    keep(c, bits);
    ${
      logits
        ? `if (isFinite(bits)) { most = max(most, vec2f(bitcast<f32>(bits), 0.0)); } else if (bits != NEGATIVE_INFINITY) { isBad = true; }`
        : 'if (!isFinite(bits)) { isBad = true; }'
    }
    ${distributions ? 'let share = targetsBits(start + c * call.inner);\n    lookAt(&seen, c, share);' : ''}
    ${addsUp ? 'targetSum = plus(targetSum, bitcast<f32>(share));' : ''}
  }
  ${needsBarrier(problem) ? 'meet();' : ''}
  // The second number: -1 nothing finite so far, 0 something, 1 something bad.
  if (isBad) { most.y = 1.0; }
  ${logits ? '' : 'if (!isBad) { most.y = 0.0; }'}
  most = greatest(most);
  top = most.x;
  ${
    distributions
      ? `
  seen = Seen(scan(seen.sums).total, greatest(vec2f(select(0.0, 1.0, seen.isBad), 0.0)).x > 0.0);
  ${addsUp ? 'targetSum = scanPairs(targetSum).total;' : ''}
  return Read(targetOf(row, seen), most.y != 0.0);`
      : 'return Read(targetOf(row), most.y != 0.0);'
  }
}
`;
};

const keepGradient = ({ logits, hasCrossEntropy, hasEmd }: KernelProblem) => {
  const emd = hasEmd ? (logits ? 'emdScale * p * (g - expected)' : 'emdScale * g') : '0.0';
  const ofLogits = hasCrossEntropy ? ' + crossEntropyScale * (p - t)' : '';
  const ofProbabilities = hasCrossEntropy ? ' + logarithmSlope(p, t)' : '';
  return `
${
  logits
    ? ''
    : `
// -t / p times the weights, within float32.
fn logarithmSlope(p: f32, t: f32) -> f32 {
  if (t == 0.0 || p < SMALLEST) { return 0.0; }
  let scaled = -t * crossEntropyScale;
  if (p < 1.0 && abs(scaled) >= LARGEST * p) { return sign(scaled) * LARGEST; }
  return scaled / p;
}`
}
// Keeps the gradient of a class from its mass, its share t of the target and the slope g of E; returns it, 0 for the dominant class:
// that is minus the sum of the others (mathematics, "The dominant entry").
fn keepGradient(c: u32, mass: f32, t_: f32, g: f32) -> f32 {
  let p = mass * inverse;
  let t = select(0.0, t_, t_ > 0.0);
  let slope = ${emd}${logits ? ofLogits : ofProbabilities};
  ${
    logits
      ? `
  keepSlope(c, slope);
  if (isSure && mass == 1.0) { dominant = c; return 0.0; }
  return slope;`
      : `
  keepSlope(c, clamp(slope, -LARGEST, LARGEST));
  return 0.0;`
  }
}
`;
};

/** From E to what the loss has of it, and the derivative. */
const normalization = ({ terms, root }: KernelProblem) =>
  root
    ? `
fn normalized(emd: f32) -> vec2f {
  let mean = emd / ${terms}.0;
  if (mean <= 0.0) { return vec2f(); }
  let root = sqrt(mean);
  return vec2f(root, 0.5 / (root * ${terms}.0));
}`
    : `
fn normalized(emd: f32) -> vec2f { return vec2f(${terms === 1 ? 'emd, 1.0' : `emd / ${terms}.0, 1.0 / ${terms}.0`}); }`;

/** @param several Whether a workgroup has several rows, some of which may not be there. */
const gradientOfRow = (problem: KernelProblem, several: boolean) => `
    let upstream = ${problem.plan.slotOf.upstream === undefined ? 'call.upstreamValue' : 'bitcast<f32>(upstreamBits(row))'};
    let factor = aim.weight / divisor * upstream;
    emdScale = factor * call.emdWeight * scaled.y;
    crossEntropyScale = factor * call.crossEntropyWeight;
    expected = emd.y;
    isSure = sum < 2.0;
    dominant = NONE;
    let others = slopesOf(masses, costs);
    ${problem.logits ? 'let balance = scan(vec4f(others, 0.0, 0.0, 0.0)).total.x;\n    if (dominant != NONE) { keepSlope(dominant, -balance); }' : ''}
    meet();
    ${several ? 'if (isThere) { ' : ''}writeGradient(isValid, select(0u, NOT_A_NUMBER, state == INVALID));${several ? ' }' : ''}`;

/** The kernel's rows, from reading to probabilities; `body` is what it then does with each. */
function rowsKernel(problem: KernelProblem, body: string, behind = ''): string {
  const { classes, logits, plan, totals, stage } = problem;
  const layout = layoutFor(problem);
  const { threads, rows } = layout;
  const alone = threads === 1;
  const bySubgroups = usesSubgroups(problem);
  const divides = stage !== 'vectors' && (totals || plan.slotOf.gradient !== undefined);
  const weighs = problem.weightSum !== 'none' && divides;
  return `${bySubgroups ? 'enable subgroups;' : ''}
const CLASSES = ${classes}u;
${memory(plan, problem.half)}${ARITHMETIC}${targets(problem)}
// Which of the rows side by side this is, and which of all.
var<private> lane: u32;
var<private> ownRow: u32;
var<private> aim: Target;
// One over the sums of masses and of targets.
var<private> inverse: f32;
var<private> inverseTarget: f32;
var<private> emdScale: f32;
var<private> crossEntropyScale: f32;
var<private> expected: f32;
var<private> isSure: bool;
var<private> dominant: u32;
${form(layout, problem)}${masses(problem)}${reading(problem)}
${plan.slotOf.gradient === undefined ? 'fn keepGradient(c: u32, mass: f32, t: f32, g: f32) -> f32 { return 0.0; }' : keepGradient(problem)}
${normalization(problem)}${stage === 'whole' ? '' : ROW_VECTORS}
${targetAt(problem)}${excess(problem)}${FORMULAS[problem.kind].source(problem)}${totals ? LANE_SUMS : ''}${weighs ? weightSumOfRows(problem, layout) : ''}
@compute @workgroup_size(${threads * rows})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) local: u32,
  ${bySubgroups ? '@builtin(subgroup_invocation_id) ofSubgroup: u32,' : ''}
) {
  ${bySubgroups ? 'formSpans(local, ofSubgroup);' : ''}
  thread = ${alone ? '0u' : `local % ${threads}u`};
  ${alone ? '' : `slot = local / ${threads}u;`}
  lane = group.x * ${rows}u + local / ${threads}u;
  let divisor = ${weighs ? 'sumOfWeights()' : 'call.divisor'};
  ${
    sharesWorkgroup(problem)
      ? `for (var begin = group.x * ${rows}u; begin < call.rows; begin += call.lanes) {
    // All threads come by the barriers; those without a row do the last one again, and write nothing.
    let isThere = begin + slot < call.rows;
    ownRow = min(begin + slot, call.rows - 1u);`
      : `for (var own = ${alone ? 'lane' : 'group.x'}; own < call.rows; own += call.lanes) {
    ownRow = own;`
  }
    let row = call.skip + ownRow;
    start = startOf(row);
    let read = readRow(row);
    aim = read.aim;
    inverseTarget = 1.0 / aim.mass;
    var state = aim.state;
    if (state == COUNTED && read.isBad) { state = INVALID; }
    let isValid = state == COUNTED;
    ${logits ? 'let masses = scan(massesOf());\n    let sum = sumOf(masses.total);' : 'let sum = 1.0;'}
    inverse = ${logits ? '1.0 / sum' : '1.0'};
    ${isExact(problem) ? `compare(sum, ${logits || problem.targetType !== 'distribution' ? 'vec2f(aim.mass, 0.0)' : 'select(targetSum, vec2f(1.0, 0.0), aim.label != NONE)'});` : ''}
    ${logits ? '' : 'let masses = scan(massesOf());'}
${body}
  }
  ${behind}
}
`;
}

/** Whether a workgroup has several rows, some of which may not be there. */
function sharesWorkgroup(problem: KernelProblem): boolean {
  const { threads, rows } = layoutFor(problem);
  return threads > 1 && rows > 1;
}

/** Writes what is multiplied with the matrix of the ground distance. */
export function vectorKernel(problem: KernelProblem): string {
  const there = sharesWorkgroup(problem) ? 'if (!isThere) { continue; }' : '';
  const write = `for (var c = first(); c < last(); c++) { ${there} vectorWrite(c, vectorOf(c)); }`;
  // The next row must not be read before all have written.
  return rowsKernel(problem, `    ${write}\n    meet();`);
}

export function lossKernel(problem: KernelProblem): string {
  const { logits, hasCrossEntropy, hasEmd, plan, totals } = problem;
  const several = sharesWorkgroup(problem);
  const ifThere = (statement: string) => (several ? `if (isThere) { ${statement} }` : statement);
  const gradient = plan.slotOf.gradient !== undefined;
  const crossEntropy = logits ? 'select(away + log(sum), 0.0, away < 0.0)' : 'away';
  const part = (has: boolean, weight: string, value: string) => (has ? `call.${weight} * ${value}` : '0.0');
  return rowsKernel(
    problem,
    `
    let costs = scan(costsOf(masses));
    let emd = emdOf(costs.total);
    let scaled = normalized(emd.x);
    let away = awayOf(masses.total);
    var crossEntropyBits = bitcast<u32>(${crossEntropy});
    ${logits ? 'if (away < 0.0) { crossEntropyBits = INFINITY; }' : ''}
    var lossBits = bitcast<u32>(aim.weight * (${part(hasCrossEntropy, 'crossEntropyWeight', 'bitcast<f32>(crossEntropyBits)')} + ${part(hasEmd, 'emdWeight', 'scaled.x')}));
    ${hasCrossEntropy ? 'if (crossEntropyBits == INFINITY) { lossBits = INFINITY; }' : ''}
    if (state == INVALID) { lossBits = NOT_A_NUMBER; } else if (!isValid) { lossBits = 0u; }
    ${plan.slotOf.losses === undefined ? '' : `if (thread == 0u${several ? ' && isThere' : ''}) { lossesWrite(row, lossBits); }`}
    ${totals ? ifThere('addRow(row, state, lossBits, crossEntropyBits, bitcast<u32>(scaled.x));') : ''}
    ${gradient ? gradientOfRow(problem, several) : needsBarrier(problem) ? 'meet();' : ''}
`,
    totals ? 'if (thread == 0u && lane < call.lanes) { writeLane(lane); }' : '',
  );
}
