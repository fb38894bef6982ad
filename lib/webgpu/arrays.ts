// The arrays of a call: what they may be, and how they are checked. Nothing is recorded before all of them have passed.
import { choice, integer } from '../checks/arguments.js';
import { wrongRange, wrongType } from '../checks/errors.js';
import { NONE, type PlainSettings } from '../loss/plain-settings.js';
import { isWritten, type Range, ROLES, type Role } from './buffer-plan.js';
import { type GpuBuffer, type GpuCommandEncoder, type GpuDevice, Usage } from './gpu-types.js';
import type { TargetType } from './wgsl/problem.js';

/** A GPUBuffer from its beginning, or a part of one. It may be longer than needed. */
export type Buf<B extends GpuBuffer = GpuBuffer> =
  | B
  | {
      buffer: B;
      /** In bytes, a multiple of 4. Default: 0. */
      offset?: number;
      /** In bytes. Default: to the end. */
      size?: number;
    };

/** What a call reads and writes; every buffer has the usage STORAGE. */
export interface Arrays<B extends GpuBuffer = GpuBuffer> {
  /** [rows, classes]: logits, or probabilities with `input: 'probabilities'`. */
  predictions: Buf<B>;
  /**
   * That of predictions and gradient. float16 needs no feature of the device; of an odd number of elements the buffer has two bytes more.
   * Default: 'float32'.
   */
  type?: 'float32' | 'float16';
  /** A class index per row, [rows], or a distribution per row, [rows, classes]. */
  targets: Buf<B>;
  /** Class indices as 'int32', 'uint32', 'int64' or 'float32'; 'distribution' is float32. */
  targetType: TargetType;
  /** A multiple of `inner`; 0 is allowed. */
  rows: number;
  /** As the predictions, whose own memory it may be. Absent: none is computed. */
  gradient?: Buf<B>;
  /** The loss of each row, [rows] float32, 0 where it is ignored. */
  losses?: Buf<B>;
  /** The weight of each row, [rows] float32. Default: 1. A row whose weight is negative or not finite is NaN. */
  sampleWeights?: Buf<B>;
  /** dL/d(result), by which the gradient is multiplied: a number, or with reduction 'none' one for each row, [rows]. Default: 1. */
  upstream?: number | Buf<B>;
  /**
   * Eight numbers of four bytes: float32 loss, cross entropy and EMD; int32 rows, rows whose loss is not finite, the first of them, and
   * the row of the first label that is no class (each -1 where there is none); then that label, in four bytes of its type (of an int64
   * the nearest int32).
   */
  lossOut?: Buf<B>;
}

const ARRAYS: Readonly<Record<keyof Arrays, true>> = {
  predictions: true,
  type: true,
  targets: true,
  targetType: true,
  rows: true,
  gradient: true,
  losses: true,
  sampleWeights: true,
  upstream: true,
  lossOut: true,
};

const TARGET_BYTES: Record<TargetType, number> = { int32: 4, uint32: 4, int64: 8, float32: 4, distribution: 4 };
const LOSS_OUT_BYTES = 32;

export interface CheckedArrays<B extends GpuBuffer> {
  readonly rows: number;
  readonly targetType: TargetType;
  /** Whether predictions and gradient are float16. */
  readonly half: boolean;
  readonly upstream: number;
  /** Of each array that has as much for each row. */
  readonly bytesOfRow: Readonly<Partial<Record<Role, number>>>;
  readonly memory: Readonly<Partial<Record<Role, Range<B>>>>;
}

const isBuffer = (value: unknown): value is GpuBuffer =>
  typeof value === 'object' && value !== null && typeof (value as GpuBuffer).mapAsync === 'function';

export const BUFFER = 'a GPUBuffer, or { buffer, offset?, size? }';

/** @throws TypeError for anything that is not one. */
export function checkTargetType(targetType: unknown): TargetType {
  if (typeof targetType === 'string' && Object.hasOwn(TARGET_BYTES, targetType)) return targetType as TargetType;
  throw wrongType('targetType', `'${Object.keys(TARGET_BYTES).join("' or '")}'`, targetType);
}

export const targetBytes = (targetType: TargetType, rows: number, classes: number): number =>
  TARGET_BYTES[targetType] * rows * (targetType === 'distribution' ? classes : 1);

/** The bytes that a role has of a buffer. */
export function rangeOf<B extends GpuBuffer>(name: string, value: unknown, bytes: number, shape: string): Range<B> {
  if (typeof value !== 'object' || value === null) throw wrongType(name, BUFFER, value);
  const {
    buffer,
    offset = 0,
    size,
  }: { buffer: unknown; offset?: unknown; size?: unknown } = isBuffer(value)
    ? { buffer: value }
    : (value as { buffer: unknown });
  if (!isBuffer(buffer)) throw wrongType(name, BUFFER, value);
  const start = integer(`${name}.offset`, offset, 0, buffer.size);
  if (start % 4 !== 0) throw wrongRange(`${name}.offset`, 'a multiple of 4', start);
  const available = size === undefined ? buffer.size - start : integer(`${name}.size`, size, 0, buffer.size - start);
  if (available < bytes) throw wrongRange(name, `${bytes} bytes (${shape})`, available);
  if ((buffer.usage & Usage.storage) === 0) {
    throw wrongRange(name, `a GPUBuffer with usage STORAGE (${Usage.storage})`, buffer.usage);
  }
  return { buffer: buffer as B, offset: start, size: bytes };
}

/** @throws TypeError for anything that is none. */
export function checkEncoder(encoder: unknown): void {
  if (typeof (encoder as GpuCommandEncoder)?.beginComputePass === 'function') return;
  throw wrongType('encoder', 'a GPUCommandEncoder', encoder);
}

/** @throws RangeError for an array that no binding has room for. */
export function refuseTooLarge({ limits }: GpuDevice, name: string, { size }: Range<GpuBuffer>): void {
  // A binding begins at a multiple of the alignment, which may be in front of its array.
  const most = limits.maxStorageBufferBindingSize - limits.minStorageBufferOffsetAlignment;
  if (size > most) throw wrongRange(name, `at most ${most} bytes (maxStorageBufferBindingSize)`, size);
}

const sameRange = <B>(a: Range<B>, b: Range<B>) => a.offset === b.offset && a.size === b.size;
const overlaps = <B>(a: Range<B>, b: Range<B>) =>
  a.buffer === b.buffer && a.offset < b.offset + b.size && b.offset < a.offset + a.size;

/** Outputs have memory of their own, but for a gradient that takes the place of the predictions. */
function refuseOverlaps<B>(memory: Readonly<Partial<Record<Role, Range<B>>>>): void {
  for (const role of ROLES) {
    const output = isWritten(role) ? memory[role] : undefined;
    if (output === undefined || output.size === 0) continue;
    for (const other of ROLES) {
      const array = memory[other];
      if (other === role || array === undefined || !overlaps(output, array)) continue;
      if (role === 'gradient' && other === 'predictions' && sameRange(output, array)) continue;
      const expected = role === 'gradient' ? 'memory of its own, or exactly that of predictions' : 'memory of its own';
      throw new RangeError(`${role}: expected ${expected}, but it overlaps ${other}`);
    }
  }
}

/** @throws TypeError, RangeError that name the argument. */
export function checkArrays<B extends GpuBuffer>(settings: PlainSettings, arrays: Arrays<B>): CheckedArrays<B> {
  if (typeof arrays !== 'object' || arrays === null) throw wrongType('arrays', 'an object', arrays);
  for (const name in arrays) {
    if (!Object.hasOwn(ARRAYS, name)) {
      throw new TypeError(`${name}: expected one of the arrays ${Object.keys(ARRAYS).join(', ')}`);
    }
  }
  const { classes, inner, reduction, ignoreIndex } = settings;
  const { type = 'float32', upstream = 1 } = arrays;
  const half = choice('type', type, ['float32', 'float16']) === 1;
  const targetType = checkTargetType(arrays.targetType);
  const distributions = targetType === 'distribution';
  if (distributions && ignoreIndex !== undefined) {
    throw wrongType('ignoreIndex', 'undefined, as the targets are distributions', ignoreIndex);
  }
  const rows = integer('rows', arrays.rows, 0, Math.floor(2 ** 31 / classes));
  if (rows % inner !== 0) throw wrongRange('rows', `a multiple of ${inner} (inner)`, rows);
  if (typeof upstream !== 'number' && reduction !== NONE) {
    throw wrongType('upstream', "a number, as reduction is not 'none'", upstream);
  }

  const memory: Partial<Record<Role, Range<B>>> = {};
  const bytesOfRow: Partial<Record<Role, number>> = {};
  const take = (role: Role, bytes: number, unit: number, suffix = '', value: unknown = arrays[role as 'losses']) => {
    if (value === undefined && role !== 'predictions' && role !== 'targets') return;
    // Kernels read whole words.
    memory[role] = rangeOf(role, value, 4 * Math.ceil((bytes * rows) / 4), `${unit} for each of ${rows} rows${suffix}`);
    bytesOfRow[role] = bytes;
  };
  const each = half ? 2 : 4;
  const ofClasses = ` and ${classes} classes`;
  const unit = TARGET_BYTES[targetType];
  take('predictions', each * classes, each, ofClasses);
  take('targets', distributions ? unit * classes : unit, unit, distributions ? ofClasses : '');
  take('gradient', each * classes, each, ofClasses);
  for (const role of ['losses', 'sampleWeights'] as const) take(role, 4, 4);
  if (typeof upstream !== 'number') take('upstream', 4, 4);
  if (arrays.lossOut !== undefined)
    memory.lossOut = rangeOf('lossOut', arrays.lossOut, LOSS_OUT_BYTES, 'eight numbers');
  refuseOverlaps(memory);
  return { rows, targetType, half, upstream: typeof upstream === 'number' ? upstream : 1, bytesOfRow, memory };
}
