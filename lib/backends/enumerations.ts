// What both sides know by a number, its index here: native code lists the same in the same order, where each comment says. The kinds of
// ground distances are in lib/distances/kinds.ts.

/** Where the numbers of a call are in the Float64Array that carries them in and out: NumberSlot of native/core/call_numbers.h. */
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

/** semd_status, and from 100 on CallStatus of native/core/call_numbers.h. */
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

/** The arguments of a call by position, Argument of native/core/call_numbers.h; `Slot.which` and `Slot.other` are indices into it. */
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

/** semd_input of native/include/squared_emd.h. */
export const INPUTS = ['logits', 'probabilities'] as const;
/** semd_normalization */
export const NORMALIZATIONS = ['sum', 'mean', 'class-mean', 'root-mean', 'nima'] as const;
/** semd_reduction */
export const REDUCTIONS = ['mean', 'sum', 'none'] as const;

/** semd_feature_norms of native/include/squared_emd_centroids.h. */
export const NORMS = ['l1', 'l2', 'none'] as const;
/** semd_scale */
export const SCALES = ['rank', 'max', 'mean', 'none'] as const;

/** Typed arrays of targets: SEMD_LABEL_TYPES of native/include/squared_emd.h, then distributions. */
export const TARGET_TYPES = [
  'Int32Array',
  'Uint8Array',
  'Uint16Array',
  'Uint32Array',
  'BigInt64Array',
  'Int8Array',
  'Int16Array',
  'Float32Array',
] as const;

/** SEMD_DTYPES of native/include/squared_emd_cuda.h. */
export const DTYPES = ['float32', 'float16', 'bfloat16', 'int32', 'int64', 'uint8'] as const;

/** The device of a ground distance that is prepared for the CPU. */
export const CPU = -1;
