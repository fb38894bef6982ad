// What both sides know by a number: its place here. Native code has the same in the same order, where each comment says.

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

/** The device of a ground distance that is prepared for the CPU. */
export const CPU = -1;
