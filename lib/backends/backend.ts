// What a backend is: what the rest of the package calls, whatever computes it. All that fails for other reasons than its arguments
// throws an EmdError, or rejects its promise with one. Functions are called without `this`.
import type { Labels } from '../checks/labels.js';
import type { Status } from './enumerations.js';

declare const kind: unique symbol;

/** Something that the backend made and alone can read. */
interface Handle<Kind> {
  readonly [kind]: Kind;
}
export type GroundHandle = Handle<'ground'>;
export type ArrayHandle = Handle<'array'>;
export type StreamHandle = Handle<'stream'>;
export type EventHandle = Handle<'event'>;
export type GraphHandle = Handle<'graph'>;
export type CentroidsHandle = Handle<'centroids'>;

export type Targets = Labels | Float32Array;

/** What a device array may be copied from and to. */
export type HostArray = Float32Array | Uint16Array | Int32Array | BigInt64Array | Uint8Array;

export type CentroidArrays = [sums: Float64Array, counts: Float64Array, centroids: Float32Array];
type Partly<Arrays extends unknown[]> = { [Index in keyof Arrays]: Arrays[Index] | null };

export interface Backend {
  readonly name: 'native' | 'wasm';
  /** Why it is not native code, where that could have been. */
  readonly why?: string;
  /** The package's version. */
  readonly version: string;
  readonly host: HostBackend;
  /** Undefined where no GPU can be used, whatever the machine has. */
  readonly gpu: GpuBackend | undefined;
}

type CallArguments = [
  ground: GroundHandle,
  predictions: Float32Array,
  targets: Targets,
  gradient: Float32Array | null,
  losses: Float32Array | null,
  classWeights: Float32Array | null,
  sampleWeights: Float32Array | null,
  upstream: Float32Array | null,
  numbers: Float64Array,
  stream: StreamHandle | null,
];

/** What computes on arrays in host memory. */
export interface HostBackend {
  /** Writes `Slot.status`, and the results if that is ok. A ground distance prepared for a GPU stages the arrays there. */
  evaluate(...call: CallArguments): undefined;
  /** Undefined if the arguments were refused; else a promise. The status is written as above. */
  evaluateAsync(...call: CallArguments): Promise<void> | undefined;
  /**
   * A number is the status of a failure. `weights` are gaps or edge lengths; `device` is a GPU or CPU; the collector is told of
   * `bytes`; a ground distance that was released may be filled anew, `into`.
   */
  createGround(
    kind: number,
    classes: number,
    weights: Float64Array | null,
    parents: Int32Array | null,
    distances: Float32Array | null,
    exponent: number,
    offset: number,
    indefinite: boolean,
    device: number,
    bytes: number,
    into: GroundHandle | null,
  ): GroundHandle | Status;
  /** Gives up what it holds; calls in flight keep their share. */
  releaseGround(ground: GroundHandle): undefined;

  /** Native memory with copies of the arrays. */
  ownCentroids(arrays: CentroidArrays): CentroidsHandle;
  /** Fills the arrays; those that are null are left out. */
  readCentroids(from: CentroidsHandle, arrays: Partly<CentroidArrays>): undefined;
  /** The reverse. */
  writeCentroids(to: CentroidsHandle, arrays: Partly<CentroidArrays>): undefined;
  // With `later` the store must be native memory, which nobody may touch until the promise is settled.
  /** Adds features to sums and counts: -1 or a promise; or the first row whose label is no class, with nothing added. */
  accumulate(
    features: Float32Array,
    labels: Labels,
    store: CentroidArrays | CentroidsHandle,
    normalize: number,
    ignoreIndex: number | null,
    later: boolean,
  ): number | Promise<void>;
  updateCentroids(store: CentroidArrays | CentroidsHandle, momentum: number, later: boolean): Promise<void> | undefined;
  classDistances(
    store: CentroidArrays | CentroidsHandle,
    scale: number,
    out: Float32Array,
    later: boolean,
  ): Promise<void> | undefined;
  pairwiseDistances(points: Float32Array, rows: number, out: Float32Array): undefined;
  /**
   * What each row of `values` is, as many as `kinds` has elements: the class that has all of its mass, -1 for zeros, -2 for anything
   * else. 0 `threads`: the default.
   */
  rowKinds(values: Float32Array, kinds: Int32Array, threads: number): undefined;

  setThreads(threads: number): void;
  info(): { isa: string; isas: string[]; threads: number };
}

type DeviceCallArguments = [
  ground: GroundHandle,
  predictions: ArrayHandle,
  targets: Targets | ArrayHandle,
  gradient: ArrayHandle | null,
  losses: ArrayHandle | null,
  classWeights: Float32Array | ArrayHandle | null,
  sampleWeights: Float32Array | ArrayHandle | null,
  upstream: Float32Array | ArrayHandle | null,
  numbers: Float64Array,
  stream: StreamHandle | null,
  lossOut: ArrayHandle | null,
];

/** What native code knows about GPUs; `reason` is null where they can be used. */
export interface GpuReport {
  reason: string | null;
  /** What the system said. */
  detail: string;
  /** 1000 major + 10 minor, 0 if unknown. */
  driverVersion: number;
  runtimeVersion: number;
  devices: {
    index: number;
    name: string;
    major: number;
    minor: number;
    totalMemory: number;
    multiprocessors: number;
  }[];
}

/** What a backend adds that computes on arrays in the memory of GPUs. */
export interface GpuBackend {
  cudaStatus(): GpuReport;

  /** As `evaluate`; with `lossOut` it only enqueues. */
  evaluateDevice(...call: DeviceCallArguments): undefined;
  /** As `evaluateAsync`, without `lossOut`. */
  evaluateDeviceAsync(...call: DeviceCallArguments): Promise<void> | undefined;
  /** A matrix or an energy from float32 distances on a GPU; waits for the stream. */
  groundFromDistances(
    kind: number,
    distances: ArrayHandle,
    classes: number,
    exponent: number,
    offset: number,
    indefinite: boolean,
    stream: StreamHandle | null,
  ): GroundHandle;

  // On a GPU, where they only enqueue. Sums and counts are float64 in arrays of int64; `firstBadRow` is lowered to the first row
  // whose label is no class, which is left out.
  accumulateDevice(
    features: ArrayHandle,
    labels: ArrayHandle,
    sums: ArrayHandle,
    counts: ArrayHandle,
    firstBadRow: ArrayHandle,
    normalize: number,
    ignoreIndex: number | null,
    stream: StreamHandle | null,
  ): undefined;
  updateCentroidsDevice(
    sums: ArrayHandle,
    counts: ArrayHandle,
    centroids: ArrayHandle,
    momentum: number,
    stream: StreamHandle | null,
  ): undefined;
  classDistancesDevice(
    centroids: ArrayHandle,
    classes: number,
    scale: number,
    out: ArrayHandle,
    stream: StreamHandle | null,
  ): undefined;
  /** In place: `priorWeight prior + factor distances`. */
  mixDistances(
    distances: ArrayHandle,
    factor: number,
    prior: ArrayHandle | null,
    priorWeight: number,
    stream: StreamHandle | null,
  ): undefined;
  pairwiseDistancesDevice(points: ArrayHandle, rows: number, out: ArrayHandle, stream: StreamHandle | null): undefined;

  // `dtype` is an index into DTYPES; a stream of null is the package's own.
  allocateArray(
    device: number,
    dtype: number,
    length: number,
    stream: StreamHandle | null,
    plain: boolean,
  ): ArrayHandle;
  /** RangeError for a pointer that is not to that much memory of that device. */
  borrowArray(pointer: bigint, device: number, dtype: number, length: number): ArrayHandle;
  /** -1 for memory that is not on a GPU. */
  pointerDevice(pointer: bigint): number;
  viewArray(array: ArrayHandle, begin: number, end: number): ArrayHandle;
  disposeArray(array: ArrayHandle): void;
  arrayPointer(array: ArrayHandle): bigint;
  /** The handle of the stream that used it last. */
  arrayStream(array: ArrayHandle): bigint;
  /** Each element becomes the low bits of `bits`. */
  fillArray(array: ArrayHandle, bits: bigint, stream: StreamHandle | null): void;
  copyArray(to: ArrayHandle, from: ArrayHandle, stream: StreamHandle | null): void;
  /** Makes the package's own stream wait for what is enqueued on another library's stream. */
  waitForForeign(array: ArrayHandle, handle: bigint): void;
  exportArray(array: ArrayHandle): { handle: Uint8Array; byteOffset: number };
  importArray(device: number, dtype: number, handle: Uint8Array, byteOffset: number, length: number): ArrayHandle;
  upload(array: ArrayHandle, host: HostArray, stream: StreamHandle | null): void;
  uploadAsync(array: ArrayHandle, host: HostArray, stream: StreamHandle | null): Promise<void>;
  download(array: ArrayHandle, host: HostArray, stream: StreamHandle | null): void;
  downloadAsync(array: ArrayHandle, host: HostArray, stream: StreamHandle | null): Promise<void>;
  allocatePinned(length: number): Float32Array;

  makeStream(device: number): StreamHandle;
  wrapStream(device: number, handle: bigint): StreamHandle;
  disposeStream(stream: StreamHandle): void;
  streamHandle(stream: StreamHandle): bigint;
  refuseForeignCapture(stream: StreamHandle): void;
  isCaptured(stream: StreamHandle): boolean;
  synchronizeStream(stream: StreamHandle): Promise<void>;
  recordEvent(stream: StreamHandle): EventHandle;
  waitForEvent(stream: StreamHandle, event: EventHandle): void;
  synchronizeEvent(event: EventHandle): Promise<void>;
  /** Milliseconds; waits for both. */
  elapsed(begin: EventHandle, end: EventHandle): number;
  disposeEvent(event: EventHandle): void;

  beginCapture(stream: StreamHandle): void;
  endCapture(stream: StreamHandle): GraphHandle;
  launchGraph(graph: GraphHandle, stream: StreamHandle | null): void;
  disposeGraph(graph: GraphHandle): void;
}
