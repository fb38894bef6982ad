import { gpuBackend, hostBackend } from '../backends/current.js';
import { allocateSquare, float32, integer, knownOptions, wholeRows } from '../checks/arguments.js';
import { wrongRange, wrongType } from '../checks/errors.js';
import { MAX_CLASSES, MAX_POINTS_ON_GPU } from '../checks/limits.js';
import { refuseHugeSquareOn } from '../gpu/cuda.js';
import { arrayHandle, DeviceArray, writableHandle } from '../gpu/device-array.js';
import { type Stream, streamOn } from '../gpu/stream.js';

export interface PairwiseOptions<A extends Float32Array | DeviceArray = Float32Array | DeviceArray> {
  /** The number of points, 1 or more (on a GPU at most 4194240). */
  rows: number;
  /**
   * The array to fill, [rows, rows], on the same device as the points, which it must not overlap. Default: a new one, which in
   * host memory is limited to 2 GiB (23170 rows).
   */
  out?: A;
  /** For points on a GPU: where the work is enqueued. Default: the package's own stream of that GPU. */
  stream?: Stream;
}

const KNOWN = { rows: true, out: true, stream: true } as const satisfies Record<keyof PairwiseOptions, true>;

/**
 * Euclidean distances between all pairs of points. They are computed from differences, so that points close to each other lose no
 * digits. Points on a GPU stay there, and the call only enqueues.
 *
 * @param points float32, [rows, features]. A point with a number that is not finite is at distance NaN or Infinity.
 * @returns [rows, rows], symmetric to the last bit.
 * @throws TypeError, RangeError; then nothing is written. EmdError if the GPU fails.
 */
export function pairwiseDistances<A extends Float32Array | DeviceArray>(points: A, options: PairwiseOptions<A>): A {
  knownOptions(options, KNOWN);
  const rows = integer('rows', options.rows, 1, DeviceArray.is(points) ? MAX_POINTS_ON_GPU : MAX_CLASSES);
  return (DeviceArray.is(points) ? onDevice(points, rows, options) : onHost(points, rows, options)) as A;
}

function onHost(points: Float32Array, rows: number, { out, stream }: PairwiseOptions): Float32Array {
  const features = wholeRows('points', points, rows);
  if (features === 0) throw wrongRange('points', 'at least one number per point', points);
  if (stream !== undefined) throw wrongType('stream', 'undefined, as the points are in host memory', stream);
  const distances =
    out === undefined ? allocateSquare('rows', rows, Float32Array) : float32('out', out, rows * rows, 'rows * rows');
  if (distances.buffer === points.buffer) {
    refuseOverlap(points.byteOffset, points.byteLength, distances.byteOffset, distances.byteLength);
  }
  hostBackend().pairwiseDistances(points, rows, distances);
  return distances;
}

function onDevice(points: DeviceArray, rows: number, options: PairwiseOptions): DeviceArray {
  const { device } = points;
  const handle = arrayHandle('points', points);
  if (points.dtype !== 'float32') throw wrongType('points', 'a DeviceArray of float32', points);
  if (points.length === 0 || points.length % rows !== 0) {
    throw wrongRange('points', `a multiple of ${rows} elements, not 0`, points);
  }
  const stream = streamOn('stream', options.stream, device);
  if (options.out === undefined) refuseHugeSquareOn(device, 'rows', rows);
  const out = options.out ?? DeviceArray.allocate('float32', rows * rows, { device, stream: options.stream });
  if (!DeviceArray.is(out)) throw wrongType('out', 'a DeviceArray of float32, as the points are on a GPU', out);
  const target = writableHandle('out', out);
  if (out.dtype !== 'float32') throw wrongType('out', 'a DeviceArray of float32', out);
  if (out.length !== rows * rows) throw wrongRange('out', `${rows * rows} elements (rows * rows)`, out);
  if (out.device !== device) throw wrongRange('out', `memory of GPU ${device}, where the points are`, out);
  refuseOverlap(points.pointer, BigInt(points.byteLength), out.pointer, BigInt(out.byteLength));
  gpuBackend().pairwiseDistancesDevice(handle, rows, target, stream);
  return out;
}

function refuseOverlap<N extends number | bigint>(points: N, pointBytes: N, out: N, outBytes: N): void {
  const end = (begin: N, bytes: N) => ((begin as number) + (bytes as number)) as N;
  if (end(points, pointBytes) <= out || end(out, outBytes) <= points) return;
  throw new RangeError('out: expected memory of its own, but it overlaps points');
}
