// The native surface, typed by hand, and its loader. native/napi/call.h has the same enumerations in the same order.
import { join } from 'node:path';
import { EmdError } from './errors';

declare const nativeGround: unique symbol;

/** An external that native code made and alone can read. */
export interface NativeGround {
  readonly [nativeGround]: never;
}

export type Labels = Int32Array | Uint8Array | Uint16Array | Uint32Array | BigInt64Array;
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
];

export interface Native {
  /** Writes `Slot.status`, and the results if that is ok. */
  evaluate(...call: CallArguments): undefined;
  /** Undefined if the arguments were refused; else a promise that never rejects. The status is written as above. */
  evaluateAsync(...call: CallArguments): Promise<void> | undefined;
  /** A number is the status of a failure. `weights` are gaps or edge lengths. */
  createGround(
    kind: number,
    classes: number,
    weights: Float64Array | null,
    parents: Int32Array | null,
    distances: Float32Array | null,
    exponent: number,
    offset: number,
  ): NativeGround | Status;
  setThreads(threads: number): void;
  info(): { isa: string; isas: string[]; threads: number };
}

/** The folder of package.json, seen from dist/lib. */
const root = join(__dirname, '..', '..');

export const version: string = (require(join(root, 'package.json')) as { version: string }).version;

function load(): Native {
  try {
    return (require('node-gyp-build') as (folder: string) => Native)(root);
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message.trim() : String(cause);
    throw new EmdError(
      'NATIVE_LOAD_FAILED',
      `squared-emd could not load its native code for ${process.platform}-${process.arch}, Node ${process.versions.node}.\n${detail}\n` +
        'Run "npm rebuild squared-emd" (in a checkout of it "npm ci"), which compiles it: that needs Python 3 and a C++17 ' +
        'compiler, and install scripts must be allowed (no --ignore-scripts). Build it on the system that runs it.',
      { cause },
    );
  }
}

export const native = load();
