// The values of float16 and bfloat16 bits, for tests.

export type Half = 'float16' | 'bfloat16';
export const HALVES: readonly Half[] = ['float16', 'bfloat16'];

const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);

export function fromHalf(half: Half, value: number): number {
  if (half === 'bfloat16') {
    bits[0] = value << 16;
    return float[0];
  }
  const sign = value & 0x8000 ? -1 : 1;
  const exponent = (value >> 10) & 31;
  const fraction = value & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

export const toFloat32 = (half: Half, values: ArrayLike<number>) =>
  Float32Array.from({ length: values.length }, (_, i) => fromHalf(half, values[i]));

/** The distance between neighbouring numbers at this value, among normal or subnormal numbers. */
export function unitAt(half: Half, value: number): number {
  const [digits, smallest] = half === 'float16' ? [10, -14] : [7, -126];
  const exponent = value === 0 ? smallest : Math.max(smallest, Math.floor(Math.log2(Math.abs(value))));
  return 2 ** (exponent - digits);
}
