// Euclidean distances between the centroids of classes in WGSL: tiles of 32 x 32 pairs, 4 x 4 of them a thread's, over stretches of 16
// features that a workgroup reads once. Differences are taken first, as an expanded square would cancel; after every stretch the sums of
// their squares go over to pairs of numbers.
import { ARITHMETIC } from './arithmetic.js';
import { type CentroidPlan, centroidConstants } from './centroid-update.js';
import { memory } from './memory.js';

const TILE = 32;
const DEPTH = 16;
const THREADS = 64;
/** Of points in a workgroup's memory: one word more, so that threads side by side do not wait for the same bank. */
const STRIDE = DEPTH + 1;
/** Each reads the marks of all classes, and so takes several tiles where there are more. */
const MOST_WORKGROUPS = 2048;

const across = (classes: number) => Math.ceil(classes / TILE);

export const distanceWorkgroups = (classes: number): number => Math.min(across(classes) ** 2, MOST_WORKGROUPS);

/**
 * Reads the marks of the centroids, which are `features`; a distance to a class without one is NaN.
 *
 * Where squares could leave float32 the numbers are taken times a power of two. So are the distances then, unless `inUnits` of the features
 * are wanted.
 */
export function distanceKernel(problem: CentroidPlan & { readonly inUnits: boolean }): string {
  const { classes, plan, inUnits } = problem;
  return `${centroidConstants(problem)}
const ACROSS = ${across(classes)}u;
${memory(plan)}${ARITHMETIC}
var<workgroup> largest: array<u32, ${THREADS}>;
var<workgroup> left: array<f32, ${TILE * STRIDE}>;
var<workgroup> right: array<f32, ${TILE * STRIDE}>;

fn pointAt(c: u32, f: u32) -> f32 {
  if (c >= CLASSES || f >= FEATURES) { return 0.0; }
  return bitcast<f32>(featuresBits(c * FEATURES + f));
}
fn opaqueFour(x: vec4f) -> vec4f { return bitcast<vec4f>(bitcast<vec4u>(x) ^ vec4u(call.zero)); }
fn write(i: u32, j: u32, bits: u32) {
  distancesWrite(i * CLASSES + j, bits);
  distancesWrite(j * CLASSES + i, bits);
}

@compute @workgroup_size(${THREADS})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  var own = 0u;
  for (var c = local; c < CLASSES; c += ${THREADS}u) {
    let mark = scratchBits(c);
    if (isFinite(mark)) { own = max(own, mark); }
  }
  largest[local] = own;
  workgroupBarrier();
  for (var i = 0u; i < ${THREADS}u; i++) { own = max(own, largest[i]); }
  let exponent = own >> 23u;
  let isModerate = own == 0u || (exponent >= ${127 - 40}u && exponent <= ${127 + 50}u);
  let power = select(clamp(254u - exponent, 1u, 253u), 127u, isModerate);
  let factor = bitcast<f32>(power << 23u);

  let down = local / 8u;
  let along = local % 8u;
  for (var tile = group.x; tile < ACROSS * ACROSS; tile += groups.x) {
    let firstRow = (tile / ACROSS) * ${TILE}u;
    let firstColumn = (tile % ACROSS) * ${TILE}u;
    // Below the diagonal are mirror images.
    if (firstRow > firstColumn) { continue; }
    // Set to zeros explicitly, as a declaration in a loop is not enough for every compiler.
    var sums = array<vec4f, 4>();
    var lost = array<vec4f, 4>();
    for (var begin = 0u; begin < FEATURES; begin += ${DEPTH}u) {
      workgroupBarrier();
      for (var e = local; e < ${TILE * DEPTH}u; e += ${THREADS}u) {
        let point = e / ${DEPTH}u;
        let f = e % ${DEPTH}u;
        left[point * ${STRIDE}u + f] = pointAt(firstRow + point, begin + f) * factor;
        right[point * ${STRIDE}u + f] = pointAt(firstColumn + point, begin + f) * factor;
      }
      workgroupBarrier();
      var terms = array<vec4f, 4>();
      for (var f = 0u; f < ${DEPTH}u; f++) {
        let place = along * ${STRIDE}u + f;
        let points = vec4f(right[place], right[place + ${8 * STRIDE}u], right[place + ${16 * STRIDE}u], right[place + ${24 * STRIDE}u]);
        for (var i = 0u; i < 4u; i++) {
          let differences = left[(down + 8u * i) * ${STRIDE}u + f] - points;
          terms[i] += differences * differences;
        }
      }
      for (var i = 0u; i < 4u; i++) {
        // \`plus\`, of four sums at once.
        let next = opaqueFour(sums[i] + terms[i]);
        let added = opaqueFour(next - sums[i]);
        lost[i] += (sums[i] - opaqueFour(next - added)) + (terms[i] - added);
        sums[i] = next;
      }
    }
    for (var i = 0u; i < 4u; i++) {
      let row = firstRow + down + 8u * i;
      for (var j = 0u; j < 4u; j++) {
        let column = firstColumn + along + 8u * j;
        if (column >= CLASSES || row > column) { continue; }
        let square = sums[i][j] + lost[i][j];
        var distance = select(sqrt(square), 0.0, square == 0.0);
        ${inUnits ? 'distance = min(distance, LARGEST * min(factor, 1.0)) * bitcast<f32>((254u - power) << 23u);' : ''}
        let isKnown = isFinite(scratchBits(row)) && isFinite(scratchBits(column));
        write(row, column, select(NOT_A_NUMBER, select(bitcast<u32>(distance), 0u, row == column), isKnown));
      }
    }
  }
}
`;
}
