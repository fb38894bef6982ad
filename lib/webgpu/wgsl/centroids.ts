// Sums of each class's features in WGSL, in two kernels: what each row counts as and is divided by, a thread for each; then the sums, a
// thread for each feature, which takes the rows in their order.
import { ARITHMETIC } from './arithmetic.js';
import { type CentroidPlan, centroidConstants } from './centroid-update.js';
import { memory } from './memory.js';
import type { TargetType } from './problem.js';
import { targets } from './targets.js';

export interface CentroidProblem extends CentroidPlan {
  readonly normalize: 'l1' | 'l2' | 'none';
  readonly targetType: TargetType;
  readonly hasIgnoreIndex: boolean;
}

export const CENTROID_THREADS = 64;

/** Words of the sums: two for each class and feature, then the number of rows of each class, and of rows that are of none. */
export const sumWords = (classes: number, features: number): number => 2 * classes * features + classes + 1;

/** Of numbers that a power of two has brought near 1, so that neither sums nor squares leave float32. */
const NORMS = {
  l1: 'sum = plus(sum, abs(x));',
  l2: 'sum = plus(sum, x * x);',
  none: '',
};

const rowsOf = (problem: CentroidProblem) => `${centroidConstants(problem)}
const BAD = 0xfffffffeu;
`;

/** Words for each row in the scratch space: its class, NONE or BAD, and the factors of its features. */
export const ROW_WORDS = 3;

export function rowKernel(problem: CentroidProblem): string {
  const { targetType, normalize, plan } = problem;
  const seen =
    targetType === 'distribution'
      ? `
  let start = startOf(row);
  var seen = Seen(vec4f(), false);
  for (var c = 0u; c < CLASSES; c++) { lookAt(&seen, c, targetsBits(start + c)); }
  let aim = targetOf(row, seen);`
      : 'let aim = targetOf(row);';
  return `${rowsOf(problem)}
${memory(plan)}${ARITHMETIC}${targets({ ...problem, hasClassWeights: false, groundNumbers: 0 })}
// Two factors, one after the other: their product may be beyond float32.
fn factorsOf(row: u32) -> vec2u {
  var largest = 0u;
  for (var f = 0u; f < FEATURES; f++) { largest = max(largest, featuresBits(row * FEATURES + f) & 0x7fffffffu); }
  if (!isFinite(largest)) { return vec2u(NOT_A_NUMBER); }
  ${
    normalize === 'none'
      ? 'return vec2u(0x3f800000u);'
      : `
  if (largest == 0u) { return vec2u(); }
  let power = bitcast<f32>(clamp(254u - (largest >> 23u), 27u, 227u) << 23u);
  var sum = vec2f();
  for (var f = 0u; f < FEATURES; f++) {
    let x = bitcast<f32>(featuresBits(row * FEATURES + f)) * power;
    ${NORMS[normalize]}
  }
  let norm = ${normalize === 'l2' ? 'sqrt(valueOf(sum))' : 'valueOf(sum)'};
  return select(vec2u(bitcast<u32>(power), bitcast<u32>(1.0 / norm)), vec2u(), norm == 0.0);`
  }
}

@compute @workgroup_size(${CENTROID_THREADS})
fn main(@builtin(global_invocation_id) id: vec3u) {
  for (var row = id.x; row < call.rows; row += call.lanes) {
    ${seen}
    let isCounted = aim.state == COUNTED;
    let isNone = aim.state == INVALID || (isCounted && aim.label == NONE);
    let factors = factorsOf(row);
    scratchWrite(3u * row, select(select(NONE, aim.label, isCounted), BAD, isNone));
    scratchWrite(3u * row + 1u, factors.x);
    scratchWrite(3u * row + 2u, factors.y);
  }
}
`;
}

export function sumKernel(problem: CentroidProblem): string {
  return `${rowsOf(problem)}
${memory(problem.plan)}${ARITHMETIC}
fn count(place: u32) { sumsWrite(place, sumsBits(place) + 1u); }

@compute @workgroup_size(${CENTROID_THREADS})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let f = id.x;
  if (f >= FEATURES) { return; }
  for (var row = 0u; row < call.rows; row++) {
    let label = scratchBits(3u * row);
    if (label == NONE) { continue; }
    if (f == 0u) { count(2u * CLASSES * FEATURES + min(label, CLASSES)); }
    if (label == BAD) { continue; }
    let place = 2u * (label * FEATURES + f);
    let factor = scratchBits(3u * row + 1u);
    let sum = sumsBits(place);
    if (!isFinite(sum)) { continue; }
    if (!isFinite(factor)) {
      sumsWrite(place, NOT_A_NUMBER);
      continue;
    }
    let x = bitcast<f32>(featuresBits(row * FEATURES + f)) * bitcast<f32>(factor) * bitcast<f32>(scratchBits(3u * row + 2u));
    let next = plus(vec2f(bitcast<f32>(sum), bitcast<f32>(sumsBits(place + 1u))), x);
    // What roundings have lost goes over to the sum as soon as it can, or it would lose digits of its own.
    let high = opaque(next.x + next.y);
    sumsWrite(place, bitcast<u32>(high));
    sumsWrite(place + 1u, bitcast<u32>(next.y - opaque(high - next.x)));
  }
}
`;
}
