// float16 in WGSL, by its bits: devices without `shader-f16` have it, too, and NaN and infinities keep their meaning.

/** float32 bits from the half of a word that has an element, and an element into its half: neighbours may be another thread's. */
export const HALF = `
fn ofHalf(word: u32, i: u32) -> u32 {
  let half = (word >> (16u * (i & 1u))) & 0xffffu;
  let sign = (half & 0x8000u) << 16u;
  let size = half & 0x7fffu;
  if (size >= 0x7c00u) { return sign | select(0x7fc00000u, 0x7f800000u, size == 0x7c00u); }
  if (size < 0x400u) { return sign | bitcast<u32>(f32(size) * 0x1p-24f); }
  return sign | ((size << 13u) + 0x38000000u);
}

// Rounded to nearest even, beyond 65504 to infinity.
fn toHalf(bits: u32) -> u32 {
  let sign = (bits >> 16u) & 0x8000u;
  let size = bits & 0x7fffffffu;
  if (size > 0x7f800000u) { return sign | 0x7e00u; }
  if (size >= 0x477ff000u) { return sign | 0x7c00u; }
  if (size < 0x38800000u) { return sign | u32(round(bitcast<f32>(size) * 0x1p24f)); }
  return sign | ((size - 0x38000000u + 0xfffu + ((size >> 13u) & 1u)) >> 13u);
}
`;
