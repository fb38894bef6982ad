// Vectors of many rows times the matrix of a ground distance, in WGSL: tiles of 64 x 64 results, 4 x 4 of them a thread's, over stretches
// of 16 classes that a workgroup reads once. Every 64 terms their sums go over to pairs of numbers.
import { ARITHMETIC } from './arithmetic.js';
import { layoutFor } from './forms.js';
import { memory } from './memory.js';
import type { KernelProblem, RowShape } from './problem.js';

/** Rows, and classes, of a tile. */
export const TILE = 64;
const DEPTH = 16;
const THREADS = 256;

/** Whether rows are so long that what takes all pairs of classes is computed for many rows at once, by kernels of its own. */
export const takesProducts = (problem: RowShape & Pick<KernelProblem, 'targetType'>): boolean =>
  layoutFor(problem).threads > 1 &&
  (problem.kind === 'energy' || (problem.kind === 'matrix' && problem.targetType === 'distribution'));

/** Words of the scratch space: the vectors of the rows, and behind them their products. */
export const productWords = (rows: number, classes: number): number => 2 * rows * classes;

/** Workgroups for so many rows. */
export const tilesOf = (rows: number, classes: number): number => Math.ceil(rows / TILE) * Math.ceil(classes / TILE);

/** Where kernels of rows find their own vector, or product. */
export const ROW_VECTORS = `
fn vectorWrite(c: u32, x: f32) { scratchWrite(call.work + ownRow * CLASSES + c, bitcast<u32>(x)); }
fn productAt(c: u32) -> f32 { return bitcast<f32>(scratchBits(call.work + (call.rows + ownRow) * CLASSES + c)); }
`;

export function productKernel({ classes, plan }: KernelProblem): string {
  return `
const CLASSES = ${classes}u;
const ACROSS = ${Math.ceil(classes / TILE)}u;
${memory(plan)}${ARITHMETIC}
var<workgroup> left: array<f32, ${TILE * (DEPTH + 1)}>;
var<workgroup> right: array<f32, ${DEPTH * TILE}>;

fn vectorAt(row: u32, k: u32) -> f32 {
  if (row >= call.rows || k >= CLASSES) { return 0.0; }
  return bitcast<f32>(scratchBits(call.work + row * CLASSES + k));
}
fn distanceAt(k: u32, c: u32) -> f32 {
  if (k >= CLASSES || c >= CLASSES) { return 0.0; }
  return bitcast<f32>(constantsBits(k * CLASSES + c));
}

@compute @workgroup_size(${THREADS})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let firstRow = (group.x / ACROSS) * ${TILE}u;
  let firstClass = (group.x % ACROSS) * ${TILE}u;
  let down = local / 16u;
  let along = local % 16u;
  var terms: array<vec4f, 4>;
  var sums: array<vec4f, 4>;
  var lost: array<vec4f, 4>;
  for (var begin = 0u; begin < CLASSES; begin += ${DEPTH}u) {
    for (var e = local; e < ${TILE * DEPTH}u; e += ${THREADS}u) {
      let row = e / ${DEPTH}u;
      let k = e % ${DEPTH}u;
      left[row * ${DEPTH + 1}u + k] = vectorAt(firstRow + row, begin + k);
      right[e] = distanceAt(begin + e / ${TILE}u, firstClass + e % ${TILE}u);
    }
    workgroupBarrier();
    for (var k = 0u; k < ${DEPTH}u; k++) {
      let place = k * ${TILE}u + along;
      let distances = vec4f(right[place], right[place + 16u], right[place + 32u], right[place + 48u]);
      for (var i = 0u; i < 4u; i++) { terms[i] += left[(down + 16u * i) * ${DEPTH + 1}u + k] * distances; }
    }
    workgroupBarrier();
    if (begin % 64u == 48u || begin + ${DEPTH}u >= CLASSES) {
      for (var i = 0u; i < 4u; i++) {
        for (var j = 0u; j < 4u; j++) {
          let sum = plus(vec2f(sums[i][j], lost[i][j]), terms[i][j]);
          sums[i][j] = sum.x;
          lost[i][j] = sum.y;
        }
        terms[i] = vec4f();
      }
    }
  }
  for (var i = 0u; i < 4u; i++) {
    let row = firstRow + down + 16u * i;
    if (row >= call.rows) { continue; }
    for (var j = 0u; j < 4u; j++) {
      let c = firstClass + along + 16u * j;
      if (c < CLASSES) { scratchWrite(call.work + (call.rows + row) * CLASSES + c, bitcast<u32>(sums[i][j] + lost[i][j])); }
    }
  }
}
`;
}
