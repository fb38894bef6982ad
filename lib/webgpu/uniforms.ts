// The numbers of a call, as kernels read them: one list for both sides.

/** Names and types of the fields, in order. */
const FIELDS = {
  rows: 'u32',
  inner: 'u32',
  /** How many rows are worked on side by side; of sums of weights, how many there are of these rows. */
  lanes: 'u32',
  /** Where these rows are in the batch, and their lanes and sums of weights in the scratch space. */
  firstRow: 'u32',
  /** Rows of the bound arrays that come before these. */
  skip: 'u32',
  firstLane: 'u32',
  firstSum: 'u32',
  /** Always 0, which compilers cannot know. */
  zero: 'u32',
  predictions: 'u32',
  targets: 'u32',
  gradient: 'u32',
  losses: 'u32',
  sampleWeights: 'u32',
  upstream: 'u32',
  lossOut: 'u32',
  constants: 'u32',
  scratch: 'u32',
  features: 'u32',
  sums: 'u32',
  centroids: 'u32',
  distances: 'u32',
  ground: 'u32',
  /** How many sums of weights lie at the beginning of the scratch space. */
  weightSums: 'u32',
  /** Where in the scratch space the lanes' work begins. */
  work: 'u32',
  ignoreLow: 'u32',
  ignoreHigh: 'u32',
  divisor: 'f32',
  upstreamValue: 'f32',
  crossEntropyWeight: 'f32',
  emdWeight: 'f32',
  /** Of distances between classes. */
  factor: 'f32',
} as const;

export type CallNumbers = Record<keyof typeof FIELDS, number>;

const names = Object.keys(FIELDS) as (keyof typeof FIELDS)[];

/** All of them 0. */
export const NO_NUMBERS = Object.fromEntries(names.map((name) => [name, 0])) as CallNumbers;

/** An index to ignore as an integer of 64 bits. */
export function halvesOf(ignoreIndex = 0): Pick<CallNumbers, 'ignoreLow' | 'ignoreHigh'> {
  const bits = BigInt.asUintN(64, BigInt(ignoreIndex));
  return { ignoreLow: Number(bits & 0xffffffffn), ignoreHigh: Number(bits >> 32n) };
}

/** The declaration in WGSL. */
export const CALL_STRUCT = `
struct Call {
${names.map((name) => `  ${name}: ${FIELDS[name]},`).join('\n')}
}
@group(0) @binding(0) var<uniform> call: Call;
`;

export const CALL_BYTES = Math.ceil(names.length / 4) * 16;

/** The same in memory. */
export function packCall(numbers: CallNumbers): ArrayBuffer {
  const buffer = new ArrayBuffer(CALL_BYTES);
  const words = new Uint32Array(buffer);
  const floats = new Float32Array(buffer);
  for (const [i, name] of names.entries()) (FIELDS[name] === 'u32' ? words : floats)[i] = numbers[name];
  return buffer;
}
