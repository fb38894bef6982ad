// What lanes add to the batch in WGSL, and the kernel that adds those up; and the sum of the rows' weights, where gradients are divided
// by it. All in a fixed order.
import { ARITHMETIC } from './arithmetic.js';
import { memory } from './memory.js';
import type { KernelProblem, Layout } from './problem.js';
import { targets } from './targets.js';

/** How many sums of weights there are; more, if there are more parts of the batch. They are the first words of the scratch space. */
export const USUAL_WEIGHT_SUMS = 32;
const WORDS_PER_LANE = 12;
/** Rows side by side; there are more rows than that in large batches. */
export const MOST_LANES = 65_536;
/** Workgroups of which each is a lane: WebGPU allows 65,535. */
export const MOST_WORKGROUPS = 32_768;

/** Where in the scratch space what comes behind all sums begins, in words. */
export const behindSums = (weightSums: number, lanes: number): number => weightSums + WORDS_PER_LANE * lanes;

/** The sum of the rows' weights, as it is in the scratch space. */
const KNOWN_SUM = `
fn sumOfWeights() -> f32 {
  var sum = 0.0;
  for (var i = 0u; i < call.weightSums; i++) { sum += bitcast<f32>(scratchBits(i)); }
  return sum;
}
`;

/** The same where those who share a row, or a workgroup with a row for each thread, add up all of them, and one keeps it for the totals. */
const ownSum = ({ threads, rows }: Layout, totals: boolean) => {
  const isOneThreads = threads === 1;
  const [first, step] = isOneThreads ? [`lane % ${rows}u`, `${rows}u`] : ['thread', 'THREADS'];
  return `
${isOneThreads ? `var<workgroup> weights: array<f32, ${rows}>;` : ''}
fn sumOfWeights() -> f32 {
  var own = vec2f();
  for (var row = ${first}; row < call.rows; row += ${step}) { own = plus(own, targetOf(call.skip + row).weight); }
  ${
    isOneThreads
      ? `
  weights[${first}] = valueOf(own);
  workgroupBarrier();
  var all = vec2f();
  for (var i = 0u; i < ${rows}u; i++) { all = plus(all, weights[i]); }
  let sum = valueOf(all);`
      : 'let sum = scan(vec4f(valueOf(own), 0.0, 0.0, 0.0)).total.x;'
  }
  ${totals ? 'if (lane == 0u && thread == 0u) { scratchWrite(0u, bitcast<u32>(sum)); }' : ''}
  return sum;
}
`;
};

/** `sumOfWeights`, of rows that have been laid out over threads. */
export const weightSumOfRows = ({ weightSum, totals }: KernelProblem, layout: Layout): string =>
  weightSum === 'none' ? '' : weightSum === 'own' ? ownSum(layout, totals) : KNOWN_SUM;

// `flags`: two bits each for the loss, its cross entropy and its EMD: not a number, infinite.
const SUMS = `
struct Sums {
  loss: vec2f,
  crossEntropy: vec2f,
  emd: vec2f,
  flags: u32,
  rows: u32,
  nonFinite: u32,
  firstNonFinite: u32,
  badRow: u32,
  badValue: u32,
}
const NO_SUMS = Sums(vec2f(), vec2f(), vec2f(), 0u, 0u, 0u, NONE, NONE, 0u);
fn sumsOfLane(lane: u32) -> u32 { return call.weightSums + ${WORDS_PER_LANE}u * lane; }
`;

export const LANE_SUMS = `${SUMS}
var<private> sums: Sums = NO_SUMS;

fn added(sum: vec2f, bits: u32, place: u32) -> vec2f {
  if (!isFinite(bits)) {
    sums.flags |= select(1u, 2u, bits == INFINITY) << place;
    return sum;
  }
  let next = plus(sum, bitcast<f32>(bits));
  if (isFinite(bitcast<u32>(next.x))) { return next; }
  sums.flags |= 2u << place;
  return sum;
}

fn times(weight: f32, bits: u32) -> u32 {
  return select(bits, bitcast<u32>(weight * bitcast<f32>(bits)), isFinite(bits));
}

fn addRow(own: u32, state: u32, loss: u32, crossEntropy: u32, emd: u32) {
  let row = call.firstRow + own;
  if (aim.isBad && row < sums.badRow) { sums.badRow = row; sums.badValue = aim.received; }
  if (state == IGNORED) { return; }
  sums.rows += 1u;
  if (state == WEIGHTLESS) { return; }
  if (!isFinite(loss)) {
    sums.nonFinite += 1u;
    sums.firstNonFinite = min(sums.firstNonFinite, row);
  }
  sums.loss = added(sums.loss, loss, 0u);
  let isValid = state == COUNTED;
  sums.crossEntropy = added(sums.crossEntropy, select(NOT_A_NUMBER, times(aim.weight, crossEntropy), isValid), 2u);
  sums.emd = added(sums.emd, select(NOT_A_NUMBER, times(aim.weight, emd), isValid), 4u);
}

fn writeLane(lane: u32) {
  let place = sumsOfLane(call.firstLane + lane);
  scratchWrite(place, bitcast<u32>(sums.loss.x));
  scratchWrite(place + 1u, bitcast<u32>(sums.loss.y));
  scratchWrite(place + 2u, bitcast<u32>(sums.crossEntropy.x));
  scratchWrite(place + 3u, bitcast<u32>(sums.crossEntropy.y));
  scratchWrite(place + 4u, bitcast<u32>(sums.emd.x));
  scratchWrite(place + 5u, bitcast<u32>(sums.emd.y));
  scratchWrite(place + 6u, sums.flags);
  scratchWrite(place + 7u, sums.rows);
  scratchWrite(place + 8u, sums.nonFinite);
  scratchWrite(place + 9u, sums.firstNonFinite);
  scratchWrite(place + 10u, sums.badRow);
  scratchWrite(place + 11u, sums.badValue);
}
`;

/** One workgroup adds up what the lanes wrote, and writes the eight numbers of `lossOut`. */
export function totalsKernel({ plan, weightSum }: KernelProblem, reduces: boolean): string {
  const weighs = weightSum !== 'none';
  return `
${memory(plan)}${ARITHMETIC}${SUMS}${weighs ? KNOWN_SUM : ''}
var<workgroup> all: array<Sums, 64>;

fn joined(a: Sums, b: Sums) -> Sums {
  let isFirst = a.badRow <= b.badRow;
  return Sums(
    plusPair(a.loss, b.loss),
    plusPair(a.crossEntropy, b.crossEntropy),
    plusPair(a.emd, b.emd),
    a.flags | b.flags,
    a.rows + b.rows,
    a.nonFinite + b.nonFinite,
    min(a.firstNonFinite, b.firstNonFinite),
    select(b.badRow, a.badRow, isFirst),
    select(b.badValue, a.badValue, isFirst),
  );
}

fn laneAt(lane: u32) -> Sums {
  let place = sumsOfLane(lane);
  return Sums(
    vec2f(bitcast<f32>(scratchBits(place)), bitcast<f32>(scratchBits(place + 1u))),
    vec2f(bitcast<f32>(scratchBits(place + 2u)), bitcast<f32>(scratchBits(place + 3u))),
    vec2f(bitcast<f32>(scratchBits(place + 4u)), bitcast<f32>(scratchBits(place + 5u))),
    scratchBits(place + 6u),
    scratchBits(place + 7u),
    scratchBits(place + 8u),
    scratchBits(place + 9u),
    scratchBits(place + 10u),
    scratchBits(place + 11u),
  );
}

fn reduced(sum: vec2f, flags: u32, divisor: f32) -> u32 {
  if ((flags & 1u) != 0u) { return NOT_A_NUMBER; }
  if ((flags & 2u) != 0u || !isFinite(bitcast<u32>(sum.x))) { return INFINITY; }
  if (divisor == 0.0) { return 0u; }
  return bitcast<u32>(valueOf(sum) / divisor);
}

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) thread: u32) {
  var sums = NO_SUMS;
  for (var lane = thread; lane < call.lanes; lane += 64u) { sums = joined(sums, laneAt(lane)); }
  all[thread] = sums;
  workgroupBarrier();
  if (thread != 0u) { return; }
  for (var i = 1u; i < 64u; i++) { sums = joined(sums, all[i]); }
  ${
    reduces
      ? `
  let divisor = ${weighs ? 'sumOfWeights()' : 'call.divisor'};
  lossOutWrite(0u, reduced(sums.loss, sums.flags, divisor));
  lossOutWrite(1u, reduced(sums.crossEntropy, sums.flags >> 2u, divisor));
  lossOutWrite(2u, reduced(sums.emd, sums.flags >> 4u, divisor));`
      : `
  for (var i = 0u; i < 3u; i++) { lossOutWrite(i, NOT_A_NUMBER); }`
  }
  lossOutWrite(3u, sums.rows);
  lossOutWrite(4u, sums.nonFinite);
  lossOutWrite(5u, sums.firstNonFinite);
  lossOutWrite(6u, sums.badRow);
  lossOutWrite(7u, sums.badValue);
}
`;
}

/** Workgroups of 64 threads, a row each, add up the rows' weights. */
export function weightsKernel(problem: KernelProblem): string {
  const distributions = problem.targetType === 'distribution';
  return `
const CLASSES = ${problem.classes}u;
${memory(problem.plan)}${ARITHMETIC}${targets(problem)}
var<workgroup> all: array<f32, 64>;

fn targetAlone(row: u32) -> Target {
  ${
    distributions
      ? `
  let start = startOf(row);
  var seen = Seen(vec4f(), false);
  for (var c = 0u; c < CLASSES; c++) { lookAt(&seen, c, targetsBits(start + c * call.inner)); }
  return targetOf(row, seen);`
      : 'return targetOf(row);'
  }
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  var sum = vec2f();
  for (var row = group.x * 64u + thread; row < call.rows; row += call.lanes * 64u) {
    sum = plus(sum, targetAlone(call.skip + row).weight);
  }
  all[thread] = valueOf(sum);
  workgroupBarrier();
  if (thread != 0u) { return; }
  var total = vec2f();
  for (var i = 0u; i < 64u; i++) { total = plus(total, all[i]); }
  scratchWrite(call.firstSum + group.x, bitcast<u32>(valueOf(total)));
}
`;
}
