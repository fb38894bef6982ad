// Distances between classes, scaled, in WGSL. A distance of NaN is one to a class without a centroid, which is as far as any.
import type { BufferPlan } from '../buffer-plan.js';
import { ARITHMETIC } from './arithmetic.js';
import { memory } from './memory.js';
import { STRIDE_THREADS } from './strides.js';

const THREADS = STRIDE_THREADS;

interface Distances {
  readonly classes: number;
  readonly plan: BufferPlan;
}

/**
 * How many classes are nearer to each class than each other one, in the scratch space; a workgroup for each class. Bits of numbers that are
 * not negative are in the order of the numbers, those of NaN last.
 */
export function rankKernel({ classes, plan }: Distances): string {
  return `
const CLASSES = ${classes}u;
${memory(plan)}${ARITHMETIC}
var<workgroup> others: array<u32, ${THREADS}>;

@compute @workgroup_size(${THREADS})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = group.x * CLASSES;
  for (var begin = 0u; begin < CLASSES; begin += ${THREADS}u) {
    let c = begin + local;
    var own = 0u;
    if (c < CLASSES) { own = distancesBits(row + c); }
    var nearer = 0u;
    for (var first = 0u; first < CLASSES; first += ${THREADS}u) {
      workgroupBarrier();
      var other = NONE;
      if (first + local < CLASSES) { other = distancesBits(row + first + local); }
      others[local] = other;
      workgroupBarrier();
      for (var i = 0u; i < ${THREADS}u; i++) { nearer += select(0u, 1u, others[i] < own); }
    }
    if (c < CLASSES) { scratchWrite(row + c, nearer); }
  }
}
`;
}

/** Words for each class of its pairs: how many there are, their largest distance, the sum of all in two. */
const WORDS = 4;
export const extremeWords = (classes: number): number => WORDS * classes;

/** The same of each class, in the scratch space: a thread for each, which reads its column, as neighbours then read neighbours. */
export function extremeKernel({ classes, plan }: Distances): string {
  return `
const CLASSES = ${classes}u;
${memory(plan)}${ARITHMETIC}
@compute @workgroup_size(${THREADS})
fn main(@builtin(global_invocation_id) id: vec3u) {
  for (var c = id.x; c < CLASSES; c += call.lanes) {
    var pairs = 0u;
    var largest = 0u;
    var sum = vec2f();
    for (var other = 0u; other < CLASSES; other++) {
      let bits = distancesBits(other * CLASSES + c);
      if (other == c || !isFinite(bits)) { continue; }
      pairs += 1u;
      largest = max(largest, bits);
      sum = plus(sum, bitcast<f32>(bits));
    }
    scratchWrite(${WORDS}u * c, pairs);
    scratchWrite(${WORDS}u * c + 1u, largest);
    scratchWrite(${WORDS}u * c + 2u, bitcast<u32>(sum.x));
    scratchWrite(${WORDS}u * c + 3u, bitcast<u32>(sum.y));
  }
}
`;
}

interface Scaling {
  /** Of the module, and of the kernel, before it goes through the distances. */
  readonly declarations?: string;
  readonly before?: string;
  /** What a distance `d`, at `at`, becomes, and the distance to a class without a centroid. */
  readonly known: string;
  readonly far: string;
}

const scaleKernel = ({ classes, plan }: Distances, { declarations = '', before = '', known, far }: Scaling) => `
const CLASSES = ${classes}u;
${memory(plan)}${ARITHMETIC}${declarations}
@compute @workgroup_size(${THREADS})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(local_invocation_index) local: u32) {
  ${before}
  for (var at = id.x; at < CLASSES * CLASSES; at += call.lanes) {
    let bits = distancesBits(at);
    let d = bitcast<f32>(bits);
    let distance = select(${far}, ${known}, isFinite(bits));
    distancesWrite(at, bitcast<u32>(select(distance * call.factor, 0.0, at / CLASSES == at % CLASSES)));
  }
}
`;

/** The mean of the ranks that two classes give each other, which are in the scratch space. */
export function meanRankKernel(problem: Distances): string {
  const ranks = 'f32(scratchBits(at) + scratchBits((at % CLASSES) * CLASSES + at / CLASSES))';
  const share = Math.fround(0.5 / (problem.classes - 1));
  return scaleKernel(problem, { known: `${ranks} * f32(${share})`, far: '1.0' });
}

const SHARED_EXTREMES = `
var<workgroup> pairsOf: array<u32, ${THREADS}>;
var<workgroup> largestOf: array<f32, ${THREADS}>;
var<workgroup> sumOf: array<vec2f, ${THREADS}>;
`;

/** Each workgroup puts the classes' extremes together on its own, all in the same order. */
const EXTREMES = `
  var pairs = 0u;
  var largest = 0.0;
  var sum = vec2f();
  for (var c = local; c < CLASSES; c += ${THREADS}u) {
    let place = ${WORDS}u * c;
    pairs += scratchBits(place);
    largest = max(largest, bitcast<f32>(scratchBits(place + 1u)));
    sum = plusPair(sum, vec2f(bitcast<f32>(scratchBits(place + 2u)), bitcast<f32>(scratchBits(place + 3u))));
  }
  pairsOf[local] = pairs;
  largestOf[local] = largest;
  sumOf[local] = sum;
  workgroupBarrier();
  pairs = 0u;
  sum = vec2f();
  for (var i = 0u; i < ${THREADS}u; i++) {
    pairs += pairsOf[i];
    largest = max(largest, largestOf[i]);
    sum = plusPair(sum, sumOf[i]);
  }
  let mean = valueOf(sum) / f32(max(pairs, 1u));`;

/** What distances are divided by; where it is 0, so are all of them. */
const UNITS = { max: 'largest', mean: 'mean', none: '1.0' };
const FARTHEST = { max: '1.0', mean: 'largest / unit', none: 'largest' };

/** By the largest, by the mean, or not at all; it reads the extremes. */
export function unitKernel({ scale, ...problem }: Distances & { readonly scale: keyof typeof UNITS }): string {
  const before = `${EXTREMES}
  let unit = select(${UNITS[scale]}, 1.0, ${UNITS[scale]} == 0.0);
  let far = select(${FARTHEST[scale]}, 1.0, pairs == 0u);`;
  const known = scale === 'none' ? 'd' : 'd / unit';
  return scaleKernel(problem, { declarations: SHARED_EXTREMES, before, known, far: 'far' });
}
