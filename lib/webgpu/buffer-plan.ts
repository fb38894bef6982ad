// Which bindings a kernel has. Arrays that lie in the same GPUBuffer share one: WebGPU refuses a buffer that one dispatch binds twice if
// one of the bindings is writable, wherever in it they are.

/** What a kernel reads and writes, under the names of its functions. */
export const ROLES = [
  'predictions',
  'targets',
  'gradient',
  'losses',
  'sampleWeights',
  'upstream',
  'lossOut',
  'constants',
  'scratch',
  'features',
  'sums',
  'centroids',
  'distances',
  'ground',
] as const;

export type Role = (typeof ROLES)[number];

const WRITTEN: readonly Role[] = [
  'gradient',
  'losses',
  'lossOut',
  'scratch',
  'sums',
  'centroids',
  'distances',
  'ground',
];

export const isWritten = (role: Role): boolean => WRITTEN.includes(role);

export interface BufferPlan {
  /** The binding that each array is in; absent where the kernel has no such array. */
  readonly slotOf: Readonly<Partial<Record<Role, number>>>;
  /** Whether each binding is written to. */
  readonly writable: readonly boolean[];
}

/** A place in a GPUBuffer, in bytes. */
export interface Range<B> {
  readonly buffer: B;
  readonly offset: number;
  readonly size: number;
}

export interface Bound<B> {
  readonly plan: BufferPlan;
  /** What each binding covers. */
  readonly ranges: readonly Range<B>[];
  /** Where in its binding each array begins, in words of four bytes. */
  readonly starts: Readonly<Partial<Record<Role, number>>>;
}

/** The bindings of these arrays; `alignment` is what WebGPU asks of the offset of a binding. */
export function bind<B>(arrays: Readonly<Partial<Record<Role, Range<B>>>>, alignment: number): Bound<B> {
  const buffers: B[] = [];
  const ranges: { buffer: B; offset: number; end: number }[] = [];
  const writable: boolean[] = [];
  const slotOf: Partial<Record<Role, number>> = {};
  for (const role of ROLES) {
    const array = arrays[role];
    if (array === undefined) continue;
    const { buffer, size } = array;
    const offset = array.offset - (array.offset % alignment);
    const end = array.offset + size;
    let slot = buffers.indexOf(buffer);
    if (slot < 0) {
      slot = buffers.push(buffer) - 1;
      ranges.push({ buffer, offset, end });
      writable.push(false);
    }
    slotOf[role] = slot;
    writable[slot] ||= isWritten(role);
    ranges[slot].offset = Math.min(ranges[slot].offset, offset);
    ranges[slot].end = Math.max(ranges[slot].end, end);
  }
  const starts: Partial<Record<Role, number>> = {};
  for (const role of ROLES) {
    const slot = slotOf[role];
    if (slot !== undefined) starts[role] = (arrays[role]!.offset - ranges[slot].offset) / 4;
  }
  return {
    plan: { slotOf, writable },
    ranges: ranges.map(({ buffer, offset, end }) => ({ buffer, offset, size: end - offset })),
    starts,
  };
}
