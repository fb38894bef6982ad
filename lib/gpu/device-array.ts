// Typed arrays in the memory of a GPU.

import type { ArrayHandle, GpuBackend, HostArray } from '../backends/backend.js';
import { gpuBackend } from '../backends/current.js';
import { DTYPES } from '../backends/enumerations.js';
import { allocate, attachedLength, integer, knownOptions } from '../checks/arguments.js';
import { EmdError } from '../checks/emd-error.js';
import { wrongRange, wrongType } from '../checks/errors.js';
import { MAX_ELEMENTS } from '../checks/limits.js';
import { typedArrayType } from '../checks/typed-arrays.js';
import { gpu, requireCuda } from './cuda.js';
import { type ArrayInterface, parseArrayInterface } from './cuda-array-interface.js';
import { Disposes } from './disposes.js';
import { checkHost, type DType, dtypeOf, dtypeOfHost, elementBits, elementType } from './dtype.js';
import { keepUntil } from './in-flight.js';
import { address, type Stream, streamOn } from './stream.js';

/** A handle to memory of a GPU for other processes, made by {@link DeviceArray.ipcHandle}; plain data. */
export interface IpcHandle {
  /** The index of the GPU. */
  device: number;
  /** CUDA's handle, 64 bytes. */
  handle: Uint8Array;
  /** Where the array begins in its allocation, in bytes. */
  byteOffset: number;
  byteLength: number;
}

interface OnStream {
  /** Default: the package's own stream of the GPU. */
  stream?: Stream;
}

export interface AllocateOptions extends OnStream {
  /** The index of a GPU, default 0. */
  device?: number;
  /** Whether other processes can open the memory. Default: false, which is faster to allocate. */
  ipc?: boolean;
}

export interface FromOptions extends OnStream {
  /** Default: the type of the typed array's elements. */
  dtype?: DType;
  /** The index of a GPU, default 0. */
  device?: number;
}

/** What an array shares with its views. */
interface Memory {
  disposed: boolean;
  readonly readOnly: boolean;
  /** Whether it came from the pool, whose memory no other process can open. */
  readonly pooled: boolean;
  /** Kept alive as long as the memory is in use. */
  readonly owner?: unknown;
}

/** Only this module can call the constructor. */
const made = Symbol('made');

const ON_STREAM = { stream: true } as const;
const ALLOCATE = { device: true, stream: true, ipc: true } as const;
const FROM = { dtype: true, device: true, stream: true } as const;
const FROM_POINTER = { device: true, owner: true } as const;
const FROM_INTERFACE = { owner: true } as const;

let nativeArray: (array: DeviceArray) => ArrayHandle;
let isReadOnly: (array: DeviceArray) => boolean;

/**
 * A typed array in the memory of a GPU. float16 and bfloat16 are for predictions and gradients, with which the kernels compute in
 * float32; in host memory their bits are a Uint16Array.
 *
 * Its memory is released by `dispose()`, or when the array is collected; in either case only after the work on it that is under
 * way.
 */
export class DeviceArray extends Disposes {
  readonly dtype: DType;
  /** The number of elements. */
  readonly length: number;
  /** The index of its GPU. */
  readonly device: number;
  readonly #native: ArrayHandle;
  readonly #memory: Memory;
  /** Of a view: the array that owns the memory. */
  readonly #base: DeviceArray | undefined;
  #disposed = false;

  /** @internal */
  constructor(
    token: typeof made,
    array: ArrayHandle,
    dtype: DType,
    length: number,
    device: number,
    memory: Memory,
    base?: DeviceArray,
  ) {
    if (token !== made) throw new TypeError('DeviceArray: made by DeviceArray.allocate() or from(), not by new');
    super();
    this.#native = array;
    this.dtype = dtype;
    this.length = length;
    this.device = device;
    this.#memory = memory;
    this.#base = base;
  }

  static {
    nativeArray = (array) => array.#native;
    isReadOnly = (array) => array.#memory.readOnly;
  }

  /** Whether a value is a device array. */
  static is(value: unknown): value is DeviceArray {
    return typeof value === 'object' && value !== null && #native in value;
  }

  /**
   * Allocates an array without initializing it.
   *
   * @param length The number of elements, which may be 0.
   * @throws EmdError 'CUDA_UNAVAILABLE', 'CUDA_OUT_OF_MEMORY'; TypeError, RangeError for wrong arguments.
   */
  static allocate(dtype: DType, length: number, options: AllocateOptions = {}): DeviceArray {
    knownOptions(options, ALLOCATE);
    const { device = 0, stream, ipc = false } = options;
    const type = dtypeOf('dtype', dtype);
    integer('length', length, 0, MAX_ELEMENTS);
    if (typeof ipc !== 'boolean') throw wrongType('ipc', 'a boolean', ipc);
    const index = gpu('device', device);
    const array = gpuBackend().allocateArray(
      index,
      DTYPES.indexOf(type),
      length,
      streamOn('stream', stream, index),
      ipc,
    );
    return new DeviceArray(made, array, type, length, index, { disposed: false, readOnly: false, pooled: !ipc });
  }

  /**
   * Copies a typed array to a GPU. Blocks until the copy is there, so that every stream may use it.
   *
   * @param array Float32Array, Int32Array, BigInt64Array, Uint8Array, or the bits of float16 or bfloat16 as a Uint16Array, whose
   *   `dtype` must be given. A Float32Array with such a `dtype` is converted, rounding to nearest even.
   * @throws as {@link allocate}.
   */
  static from(array: HostArray, options: FromOptions = {}): DeviceArray {
    knownOptions(options, FROM);
    const { device, stream } = options;
    const dtype = options.dtype === undefined ? dtypeOfHost(array) : dtypeOf('dtype', options.dtype);
    if (dtype === undefined) {
      if (typedArrayType(array) !== 'Uint16Array') {
        throw wrongType('array', 'a Float32Array, Int32Array, BigInt64Array, Uint8Array or Uint16Array', array);
      }
      throw wrongType('dtype', "'float16' or 'bfloat16', as the array is a Uint16Array", options.dtype);
    }
    checkHost('array', array, dtype, true);
    const copy = DeviceArray.allocate(dtype, attachedLength('array', array), { device, stream });
    copy.copyFrom(array, { stream });
    return copy;
  }

  /**
   * An array over memory that belongs to someone else. It is never freed here, and must stay valid until the work enqueued on it
   * is done.
   *
   * @param pointer A device pointer, aligned to the size of an element.
   * @param options `device`: the index of its GPU; `owner`: kept alive as long as the array, its views, and
   *   promises of calls on them.
   * @throws RangeError unless the pointer is to that much memory of that GPU.
   */
  static fromPointer(
    pointer: bigint,
    dtype: DType,
    length: number,
    options: { device: number; owner?: unknown },
  ): DeviceArray {
    knownOptions(options, FROM_POINTER);
    const { device, owner } = options;
    address('pointer', pointer);
    const type = dtypeOf('dtype', dtype);
    integer('length', length, 0, MAX_ELEMENTS);
    return borrow(pointer, type, length, gpu('device', device), { owner, readOnly: false });
  }

  /**
   * An array over another library's memory, described by version 3 of the CUDA Array Interface: contiguous, without a mask. The
   * package's own stream waits for the stream that the description names.
   *
   * @param object The description, or an object with a property `cudaArrayInterface` or `__cuda_array_interface__`.
   * @param options `owner`: as for {@link fromPointer}; default: `object`.
   */
  static fromCudaArrayInterface(
    object: ArrayInterface | { cudaArrayInterface: ArrayInterface } | { __cuda_array_interface__: ArrayInterface },
    options: { owner?: unknown } = {},
  ): DeviceArray {
    knownOptions(options, FROM_INTERFACE);
    const { owner = object } = options;
    const { pointer, dtype, length, readOnly, stream } = parseArrayInterface(object);
    requireCuda('fromCudaArrayInterface');
    const device = length === 0 ? gpu('device', 0) : gpuBackend().pointerDevice(pointer);
    if (device < 0) throw wrongRange('data[0]', 'a pointer to memory of a GPU', pointer);
    const array = borrow(pointer, dtype, length, device, { owner, readOnly });
    if (stream !== undefined) gpuBackend().waitForForeign(nativeArray(array), stream);
    return array;
  }

  /**
   * An array over memory of another process, which must keep it while this process uses it. The two processes have to agree on
   * when it is written and read.
   *
   * @param handle What `ipcHandle()` returned there.
   */
  static fromIpcHandle(handle: IpcHandle, dtype: DType): DeviceArray {
    if (typeof handle !== 'object' || handle === null) throw wrongType('handle', 'what ipcHandle() returns', handle);
    const { device, handle: bytes, byteOffset, byteLength } = handle;
    const type = dtypeOf('dtype', dtype);
    if (typedArrayType(bytes) !== 'Uint8Array') throw wrongType('handle.handle', 'a Uint8Array of 64 bytes', bytes);
    if (attachedLength('handle.handle', bytes) !== 64) throw wrongRange('handle.handle', '64 bytes', bytes);
    const element = elementType(type).bytes;
    integer('handle.byteOffset', byteOffset, 0, MAX_ELEMENTS);
    integer('handle.byteLength', byteLength, 0, MAX_ELEMENTS);
    for (const [name, value] of [
      ['byteOffset', byteOffset],
      ['byteLength', byteLength],
    ] as const) {
      if (value % element !== 0) throw wrongRange(`handle.${name}`, `a multiple of ${element} (${type})`, value);
    }
    const index = gpu('handle.device', device);
    const length = byteLength / element;
    const array = gpuBackend().importArray(index, DTYPES.indexOf(type), bytes, byteOffset, length);
    return new DeviceArray(made, array, type, length, index, { disposed: false, readOnly: false, pooled: true });
  }

  get byteLength(): number {
    return this.length * elementType(this.dtype).bytes;
  }

  /** The device pointer; 0n if the array is empty. */
  get pointer(): bigint {
    return gpuBackend().arrayPointer(arrayHandle('array', this));
  }

  /** Whether the array, or the array of which it is a view, has been disposed of. */
  get disposed(): boolean {
    return this.#disposed || this.#memory.disposed;
  }

  /**
   * The array's description by version 3 of the CUDA Array Interface, as a plain object. `stream` is the stream that used the
   * array last; pointer and stream are bigints.
   */
  get cudaArrayInterface(): ArrayInterface {
    const handle = arrayHandle('array', this);
    return {
      shape: [this.length],
      typestr: elementType(this.dtype).typestr,
      data: [this.length === 0 ? 0n : gpuBackend().arrayPointer(handle), this.#memory.readOnly],
      strides: null,
      version: 3,
      stream: gpuBackend().arrayStream(handle),
    };
  }

  /**
   * A view of the elements from `begin` up to but not including `end`; as with typed arrays, negative indices count from the end.
   * Disposing of an array disposes of its views, but not the other way round.
   */
  subarray(begin = 0, end = this.length): DeviceArray {
    const handle = arrayHandle('array', this);
    const first = indexOf('begin', begin, this.length);
    const last = Math.max(first, indexOf('end', end, this.length));
    const view = gpuBackend().viewArray(handle, first, last);
    const base = this.#base ?? this;
    return new DeviceArray(made, view, this.dtype, last - first, this.device, this.#memory, base);
  }

  /** A copy of the elements from `begin` up to but not including `end`, on the same GPU. */
  slice(begin = 0, end = this.length, options: OnStream = {}): DeviceArray {
    knownOptions(options, ON_STREAM);
    const { stream } = options;
    const view = this.subarray(begin, end);
    const copy = DeviceArray.allocate(this.dtype, view.length, { device: this.device, stream });
    gpuBackend().copyArray(nativeArray(copy), nativeArray(view), streamOn('stream', stream, this.device));
    return copy;
  }

  /** Sets every element. Enqueues, and does not wait. */
  fill(value: number | bigint, options: OnStream = {}): this {
    knownOptions(options, ON_STREAM);
    const handle = writableHandle('array', this);
    const stream = streamOn('stream', options.stream, this.device);
    gpuBackend().fillArray(handle, elementBits('value', value, this.dtype), stream);
    return this;
  }

  /**
   * Copies another array of the same type and length, on the same GPU, into this one, with which it must not share memory.
   * Enqueues, and does not wait.
   *
   * @throws TypeError for another kind or type, RangeError for another length or GPU.
   */
  set(source: DeviceArray, options: OnStream = {}): void {
    knownOptions(options, ON_STREAM);
    const to = writableHandle('array', this);
    if (!(source instanceof DeviceArray)) throw wrongType('source', 'a DeviceArray', source);
    const from = arrayHandle('source', source);
    if (source.dtype !== this.dtype) throw wrongType('source', `elements of the type ${this.dtype}`, source);
    if (source.length !== this.length) throw wrongRange('source', `${this.length} elements`, source);
    if (source.device !== this.device) throw wrongRange('source', `an array on GPU ${this.device}`, source);
    gpuBackend().copyArray(to, from, streamOn('stream', options.stream, this.device));
  }

  /**
   * Copies a typed array of the same length into this array. Blocks until that is done.
   *
   * @param host An array of the same type, or a Float32Array, which is converted to float16 or bfloat16.
   */
  copyFrom(host: HostArray, options: OnStream = {}): void {
    gpuBackend().upload(...this.#transfer(host, options, true));
  }

  /** Like {@link copyFrom}, off the event loop: enqueued at once, and `host` may change as soon as the call has returned. */
  async copyFromAsync(host: HostArray, options: OnStream = {}): Promise<void> {
    await keepUntil(gpuBackend().uploadAsync(...this.#transfer(host, options, true)), this);
  }

  /** Copies this array into a typed array of the same type and length. Blocks until that is done. */
  copyTo(host: HostArray, options: OnStream = {}): void {
    gpuBackend().download(...this.#transfer(host, options, false));
  }

  /**
   * Like {@link copyTo}, off the event loop: before the promise resolves, the array's contents after the work enqueued so far are
   * written to `host`.
   *
   * @returns A promise that rejects with RangeError if `host` was detached or resized meanwhile.
   */
  async copyToAsync(host: HostArray, options: OnStream = {}): Promise<void> {
    await keepUntil(gpuBackend().downloadAsync(...this.#transfer(host, options, false)), this);
  }

  /** The elements as a typed array, those of float16 and bfloat16 as their bits. Blocks. */
  toHost(options: OnStream = {}): HostArray {
    const host = allocate('array', this.length, elementType(this.dtype).host);
    this.copyTo(host, options);
    return host;
  }

  /** Like {@link toHost}, off the event loop. */
  async toHostAsync(options: OnStream = {}): Promise<HostArray> {
    arrayHandle('array', this);
    const host = allocate('array', this.length, elementType(this.dtype).host);
    await this.copyToAsync(host, options);
    return host;
  }

  /**
   * A handle with which another process can open the memory, by {@link fromIpcHandle}.
   *
   * @throws EmdError 'IPC_UNSUPPORTED' unless the array was allocated with `ipc: true`.
   */
  ipcHandle(): IpcHandle {
    const array = arrayHandle('array', this);
    if (this.#memory.pooled) {
      throw new EmdError('IPC_UNSUPPORTED', 'ipcHandle: expected an array that was allocated with { ipc: true }');
    }
    if (this.length === 0) throw wrongRange('array', 'at least one element, as nothing cannot be shared', this);
    return { device: this.device, ...gpuBackend().exportArray(array), byteLength: this.byteLength };
  }

  /** Releases the memory when the work on it is done. The array and its views cannot be used any more. */
  override dispose(): void {
    gpuBackend().disposeArray(this.#native);
    this.#disposed = true;
    if (this.#base === undefined) this.#memory.disposed = true;
  }

  get [Symbol.toStringTag](): string {
    return 'DeviceArray';
  }

  override toString(): string {
    return `a DeviceArray of ${this.dtype}, length ${this.length}, on GPU ${this.device}`;
  }

  #transfer(host: unknown, options: unknown, upload: boolean): Parameters<GpuBackend['upload']> {
    knownOptions(options, ON_STREAM);
    const array = upload ? writableHandle('array', this) : arrayHandle('array', this);
    checkHost('host', host, this.dtype, upload);
    if (attachedLength('host', host) !== this.length) {
      throw wrongRange('host', `${this.length} elements, as the DeviceArray`, host);
    }
    return [array, host, streamOn('stream', (options as OnStream).stream, this.device)];
  }
}

function borrow(
  pointer: bigint,
  dtype: DType,
  length: number,
  device: number,
  { owner, readOnly }: { owner: unknown; readOnly: boolean },
): DeviceArray {
  const array = gpuBackend().borrowArray(pointer, device, DTYPES.indexOf(dtype), length);
  return new DeviceArray(made, array, dtype, length, device, { disposed: false, readOnly, pooled: false, owner });
}

/** An index as typed arrays treat it: an integer that counts from the end if negative, clamped to the array. */
function indexOf(name: string, value: unknown, length: number): number {
  if (typeof value !== 'number') throw wrongType(name, 'a number', value);
  const whole = Math.trunc(value) || 0;
  return whole < 0 ? Math.max(0, length + whole) : Math.min(whole, length);
}

/** The backend's array. @throws EmdError if it cannot be used. */
export function arrayHandle(name: string, array: DeviceArray): ArrayHandle {
  if (!array.disposed) return nativeArray(array);
  throw new EmdError('DISPOSED', `${name}: expected a DeviceArray that is in use, but it has been disposed of`);
}

/** The backend's array, if it may be written. */
export function writableHandle(name: string, array: DeviceArray): ArrayHandle {
  const handle = arrayHandle(name, array);
  if (isReadOnly(array)) throw wrongType(name, 'an array that may be written', array);
  return handle;
}
