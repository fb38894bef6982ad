// Converts 16-bit floating-point numbers (IEEE 754 binary16) from and to float32.

const float = new Float32Array(1);
const floatBits = new Uint32Array(float.buffer);

/** The bits of a number in float32. */
export function float32Bits(value: number): number {
  float[0] = value;
  return floatBits[0];
}

/** The bits of a number in float16, rounded to nearest even. */
export function float16Bits(value: number): number {
  const bits = float32Bits(value);
  const sign = (bits >>> 16) & 0x8000;
  const size = bits & 0x7fffffff;
  if (size > 0x7f800000) return sign | 0x7e00;
  if (size >= 0x477ff000) return sign | 0x7c00; // rounds to more than 65504
  if (size < 0x38800000) return sign | roundToEven(Math.abs(Math.fround(value)) * 2 ** 24);
  return sign | ((size - 0x38000000 + 0xfff + ((size >>> 13) & 1)) >>> 13);
}

function roundToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}

let table: Float32Array | undefined;

/** All 65536 numbers, indexed by their bits; made on first use. */
function numbers(): Float32Array {
  table ??= Float32Array.from({ length: 65536 }, (_, bits) => {
    const size = bits & 0x7fff;
    const fraction = size & 0x3ff;
    const exponent = size >> 10;
    const value =
      exponent === 31
        ? fraction
          ? Number.NaN
          : Infinity
        : exponent
          ? 2 ** (exponent - 25) * (1024 + fraction)
          : 2 ** -24 * fraction;
    return bits & 0x8000 ? -value : value;
  });
  return table;
}

/** The numbers with these bits, as float32. */
export function fromFloat16(bits: Uint16Array): Float32Array {
  const known = numbers();
  const values = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) values[i] = known[bits[i]];
  return values;
}

/** Writes the bits of the numbers, rounded to nearest even. */
export function toFloat16(values: Float32Array, bits: Uint16Array): void {
  for (let i = 0; i < values.length; i++) bits[i] = float16Bits(values[i]);
}
