// The native surface, typed by hand. native/napi/loss/call.h has the same enumerations in the same order.
import { join } from 'node:path';
import { EmdError } from '../checks/errors';
import { checkIsa, loadAddon } from './load';

declare const kind: unique symbol;

/** An external that native code made and alone can read. */
interface External<Kind> {
  readonly [kind]: Kind;
}
export type NativeGround = External<'ground'>;
export type NativeArray = External<'array'>;
export type NativeStream = External<'stream'>;
export type NativeEvent = External<'event'>;
export type NativeGraph = External<'graph'>;
export type NativeCentroids = External<'centroids'>;

export type Labels =
  | Int32Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Uint32Array
  | BigInt64Array;
export type Targets = Labels | Float32Array;

/** Where the numbers of a call are in the Float64Array that carries them in and out. */
export enum Slot {
  classes,
  inner,
  power,
  input,
  normalization,
  reduction,
  hasIgnoreIndex,
  ignoreIndex,
  threads,
  crossEntropyWeight,
  emdWeight,
  upstream,
  status,
  loss,
  crossEntropy,
  emd,
  rows,
  nonFinite,
  firstNonFinite,
  index,
  value,
  which,
  other,
  count,
}

export enum Status {
  ok,
  invalidProblem,
  invalidLabel,
  invalidClassWeight,
  invalidSampleWeight,
  outOfMemory,
  deviceOutOfMemory,
  deviceError,
  badArgument = 100,
  overlap,
  outputGone,
}

/** The arguments of a call, by position; `Slot.which` and `Slot.other` are indices into it. */
export const ARGUMENTS = [
  'groundDistance',
  'predictions',
  'targets',
  'gradient',
  'losses',
  'classWeights',
  'sampleWeights',
  'upstream',
  'options',
  'stream',
  'lossOut',
] as const;

type CallArguments = [
  ground: NativeGround,
  predictions: Float32Array,
  targets: Targets,
  gradient: Float32Array | null,
  losses: Float32Array | null,
  classWeights: Float32Array | null,
  sampleWeights: Float32Array | null,
  upstream: Float32Array | null,
  numbers: Float64Array,
  stream: NativeStream | null,
];

type DeviceCallArguments = [
  ground: NativeGround,
  predictions: NativeArray,
  targets: Targets | NativeArray,
  gradient: NativeArray | null,
  losses: NativeArray | null,
  classWeights: Float32Array | NativeArray | null,
  sampleWeights: Float32Array | NativeArray | null,
  upstream: Float32Array | NativeArray | null,
  numbers: Float64Array,
  stream: NativeStream | null,
  lossOut: NativeArray | null,
];

/** What native code knows about GPUs; `reason` is null where they can be used. */
export interface NativeCudaStatus {
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

/** What a device array may be copied from and to. */
export type HostArray = Float32Array | Uint16Array | Int32Array | BigInt64Array | Uint8Array;

export type CentroidArrays = [sums: Float64Array, counts: Float64Array, centroids: Float32Array];
type Partly<Arrays extends unknown[]> = { [place in keyof Arrays]: Arrays[place] | null };

/** The device of a ground distance that is prepared for the CPU. */
export const CPU = -1;

/** All that fails for other reasons than its arguments throws an EmdError, or rejects its promise with one. */
export interface Native {
  /** The class of those errors. */
  setErrorClass(errorClass: typeof EmdError): void;

  /** Writes `Slot.status`, and the results if that is ok. A ground distance prepared for a GPU stages the arrays there. */
  evaluate(...call: CallArguments): undefined;
  /** Undefined if the arguments were refused; else a promise. The status is written as above. */
  evaluateAsync(...call: CallArguments): Promise<void> | undefined;
  /** As `evaluate`; with `lossOut` it only enqueues. */
  evaluateDevice(...call: DeviceCallArguments): undefined;
  /** As `evaluateAsync`, without `lossOut`. */
  evaluateDeviceAsync(...call: DeviceCallArguments): Promise<void> | undefined;
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
    device: number,
    bytes: number,
    into: NativeGround | null,
  ): NativeGround | Status;
  /** Gives up what it holds; calls in flight keep their share. */
  releaseGround(ground: NativeGround): undefined;
  /** A matrix from float32 distances on a GPU; waits for the stream. */
  groundFromDistances(
    distances: NativeArray,
    classes: number,
    exponent: number,
    offset: number,
    stream: NativeStream | null,
  ): NativeGround;

  /** Native memory with copies of the arrays. */
  ownCentroids(arrays: CentroidArrays): NativeCentroids;
  /** Fills the arrays; those that are null are left out. */
  readCentroids(from: NativeCentroids, arrays: Partly<CentroidArrays>): undefined;
  /** The reverse. */
  writeCentroids(to: NativeCentroids, arrays: Partly<CentroidArrays>): undefined;
  // With `later` the store must be native memory, which nobody may touch until the promise is settled.
  /** Adds features to sums and counts: -1 or a promise; or the first row whose label is no class, with nothing added. */
  accumulate(
    features: Float32Array,
    labels: Labels,
    store: CentroidArrays | NativeCentroids,
    normalize: number,
    ignoreIndex: number | null,
    later: boolean,
  ): number | Promise<void>;
  updateCentroids(store: CentroidArrays | NativeCentroids, momentum: number, later: boolean): Promise<void> | undefined;
  classDistances(
    store: CentroidArrays | NativeCentroids,
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
  // On a GPU, where they only enqueue. Sums and counts are float64 in arrays of int64; `firstBadRow` is lowered to the first row
  // whose label is no class, which is left out.
  accumulateDevice(
    features: NativeArray,
    labels: NativeArray,
    sums: NativeArray,
    counts: NativeArray,
    firstBadRow: NativeArray,
    normalize: number,
    ignoreIndex: number | null,
    stream: NativeStream | null,
  ): undefined;
  updateCentroidsDevice(
    sums: NativeArray,
    counts: NativeArray,
    centroids: NativeArray,
    momentum: number,
    stream: NativeStream | null,
  ): undefined;
  classDistancesDevice(
    centroids: NativeArray,
    classes: number,
    scale: number,
    out: NativeArray,
    stream: NativeStream | null,
  ): undefined;
  pairwiseDistancesDevice(points: NativeArray, rows: number, out: NativeArray, stream: NativeStream | null): undefined;

  cudaStatus(): NativeCudaStatus;

  // `dtype` is an index into DTYPES of dtype.ts; a stream of null is the package's own.
  allocateArray(
    device: number,
    dtype: number,
    length: number,
    stream: NativeStream | null,
    plain: boolean,
  ): NativeArray;
  /** RangeError for a pointer that is not to that much memory of that device. */
  borrowArray(pointer: bigint, device: number, dtype: number, length: number): NativeArray;
  /** -1 for memory that is no GPU's. */
  pointerDevice(pointer: bigint): number;
  viewArray(array: NativeArray, begin: number, end: number): NativeArray;
  disposeArray(array: NativeArray): void;
  arrayPointer(array: NativeArray): bigint;
  /** The handle of the stream that used it last. */
  arrayStream(array: NativeArray): bigint;
  /** Each element becomes the low bits of `bits`. */
  fillArray(array: NativeArray, bits: bigint, stream: NativeStream | null): void;
  copyArray(to: NativeArray, from: NativeArray, stream: NativeStream | null): void;
  /** The package's own stream waits for what is enqueued on a stream of somebody else's. */
  waitForForeign(array: NativeArray, handle: bigint): void;
  exportArray(array: NativeArray): { handle: Uint8Array; byteOffset: number };
  importArray(device: number, dtype: number, handle: Uint8Array, byteOffset: number, length: number): NativeArray;
  upload(array: NativeArray, host: HostArray, stream: NativeStream | null): void;
  uploadAsync(array: NativeArray, host: HostArray, stream: NativeStream | null): Promise<void>;
  download(array: NativeArray, host: HostArray, stream: NativeStream | null): void;
  downloadAsync(array: NativeArray, host: HostArray, stream: NativeStream | null): Promise<void>;
  allocatePinned(length: number): Float32Array;

  makeStream(device: number): NativeStream;
  wrapStream(device: number, handle: bigint): NativeStream;
  disposeStream(stream: NativeStream): void;
  streamHandle(stream: NativeStream): bigint;
  refuseForeignCapture(stream: NativeStream): void;
  isCaptured(stream: NativeStream): boolean;
  synchronizeStream(stream: NativeStream): Promise<void>;
  recordEvent(stream: NativeStream): NativeEvent;
  waitForEvent(stream: NativeStream, event: NativeEvent): void;
  synchronizeEvent(event: NativeEvent): Promise<void>;
  /** Milliseconds; waits for both. */
  elapsed(begin: NativeEvent, end: NativeEvent): number;
  disposeEvent(event: NativeEvent): void;

  beginCapture(stream: NativeStream): void;
  endCapture(stream: NativeStream): NativeGraph;
  launchGraph(graph: NativeGraph, stream: NativeStream | null): void;
  disposeGraph(graph: NativeGraph): void;

  setThreads(threads: number): void;
  info(): { isa: string; isas: string[]; threads: number };
  /** What the environment variable SQUARED_EMD_ISA says, if it is none of `isas`. */
  refusedIsa(): string | null;
}

/** The folder of package.json, seen from dist/lib. */
const root = join(__dirname, '../../..');

export const version: string = (require(join(root, 'package.json')) as { version: string }).version;

let loaded: Native | undefined;

/** Native code, which the first call loads: an import needs none, and what computes nothing works without it. */
export function native(): Native {
  if (loaded === undefined) {
    const addon = loadAddon<Native>(root);
    checkIsa(addon.info().isas, addon.refusedIsa());
    addon.setErrorClass(EmdError);
    loaded = addon;
  }
  return loaded;
}
