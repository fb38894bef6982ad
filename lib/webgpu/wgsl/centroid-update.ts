// Sums as centroids in WGSL, and which classes have one. A centroid with a number that is not finite counts as none.
import type { BufferPlan } from '../buffer-plan.js';
import { ARITHMETIC } from './arithmetic.js';
import { memory } from './memory.js';
import { STRIDE_THREADS } from './strides.js';

export interface CentroidShape {
  readonly classes: number;
  readonly features: number;
}

export interface CentroidPlan extends CentroidShape {
  readonly plan: BufferPlan;
}

export const centroidConstants = ({ classes, features }: CentroidShape): string => `
const CLASSES = ${classes}u;
const FEATURES = ${features}u;
`;

/** The largest magnitude in each centroid, as bits, in the scratch space: not finite where there is none. Centroids are `features`. */
export function markKernel(problem: CentroidPlan): string {
  return `${centroidConstants(problem)}
${memory(problem.plan)}
@compute @workgroup_size(${STRIDE_THREADS})
fn main(@builtin(global_invocation_id) id: vec3u) {
  for (var c = id.x; c < CLASSES; c += call.lanes) {
    var largest = 0u;
    for (var f = 0u; f < FEATURES; f++) { largest = max(largest, featuresBits(c * FEATURES + f) & 0x7fffffffu); }
    scratchWrite(c, largest);
  }
}
`;
}

/** With a momentum it reads the marks of the centroids before. */
export function updateKernel(problem: CentroidPlan & { readonly momentum: number }): string {
  const { momentum, plan } = problem;
  const mixed = `
    if (isFinite(scratchBits(c))) {
      mean = f32(${Math.fround(momentum)}) * bitcast<f32>(centroidsBits(at)) + f32(${Math.fround(1 - momentum)}) * mean;
    }`;
  return `${centroidConstants(problem)}
${memory(plan)}${ARITHMETIC}
@compute @workgroup_size(${STRIDE_THREADS})
fn main(@builtin(global_invocation_id) id: vec3u) {
  for (var at = id.x; at < CLASSES * FEATURES; at += call.lanes) {
    let c = at / FEATURES;
    let count = sumsBits(2u * CLASSES * FEATURES + c);
    if (count == 0u) { continue; }
    let sum = sumsBits(2u * at);
    if (!isFinite(sum)) {
      centroidsWrite(at, NOT_A_NUMBER);
      continue;
    }
    var mean = (bitcast<f32>(sum) + bitcast<f32>(sumsBits(2u * at + 1u))) / f32(count);${momentum === 0 ? '' : mixed}
    centroidsWrite(at, bitcast<u32>(mean));
  }
}
`;
}
