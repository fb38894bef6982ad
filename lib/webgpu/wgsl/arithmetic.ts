// Numbers in WGSL: what lies in their bits, an exponential, sums that keep their digits.
//
// WGSL promises neither that NaN and infinities survive nor that a compiler leaves the order of additions alone. So numbers that are not
// finite are found and written by their bits, and what must not be reordered goes through `opaque`.

export const ARITHMETIC = `
const EXPONENT = 0x7f800000u;
const INFINITY = 0x7f800000u;
const NEGATIVE_INFINITY = 0xff800000u;
const NOT_A_NUMBER = 0x7fc00000u;
const LARGEST = 0x1.fffffep+127f;
const SMALLEST = 0x1p-126f;
const NONE = 0xffffffffu;

fn isFinite(bits: u32) -> bool { return (bits & EXPONENT) != EXPONENT; }

fn opaque(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) ^ call.zero); }

// e^x for x <= 0, to two units in the last place, exactly 1 at 0 (Cephes' polynomial): WGSL's own may be off by 3 + 2 |x|.
fn exponential(x: f32) -> f32 {
  if (x < -87.0) { return 0.0; }
  let n = floor(fma(x, 1.44269504, 0.5));
  let r = fma(n, 2.12194440e-4, fma(n, -0.693359375, x));
  var y = 1.9875691500e-4;
  y = fma(y, r, 1.3981999507e-3);
  y = fma(y, r, 8.3334519073e-3);
  y = fma(y, r, 4.1665795894e-2);
  y = fma(y, r, 1.6666665459e-1);
  y = fma(y, r, 5.0000001201e-1);
  y = fma(y, r * r, r) + 1.0;
  return y * bitcast<f32>(u32(i32(n) + 127) << 23u);
}

fn upperHalf(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) & 0xfffff000u); }

// The same in two parts, of x.x + x.y, to 2^-29: the logarithm of 2 in parts whose products with n are exact, Taylor's polynomial of the
// rest, its square in exact products as well.
fn exponentialInParts(x: vec2f) -> vec2f {
  if (x.x < -87.0) { return vec2f(); }
  let n = floor(fma(x.x, 1.44269504, 0.5));
  let near = opaque(x.x - n * 0.693359375);
  var r = plus(vec2f(near, 0.0), n * 0x1.bdp-13f);
  r.y += n * 0x1.05c61p-29f + x.y;
  let high = upperHalf(r.x);
  let low = r.x - high;
  var y = plus(plus(vec2f(1.0, 0.0), r.x), 0.5 * high * high);
  var tail = 1.0 / 40320.0;
  tail = fma(tail, r.x, 1.0 / 5040.0);
  tail = fma(tail, r.x, 1.0 / 720.0);
  tail = fma(tail, r.x, 1.0 / 120.0);
  tail = fma(tail, r.x, 1.0 / 24.0);
  tail = fma(tail, r.x, 1.0 / 6.0);
  tail *= r.x * r.x * r.x;
  y.y += low * fma(0.5, low, high) + fma(r.y, y.x + tail, tail);
  return toParts(y) * bitcast<f32>(u32(i32(n) + 127) << 23u);
}

// A sum and what its roundings lost.
fn plus(sum: vec2f, x: f32) -> vec2f {
  let next = opaque(sum.x + x);
  let added = opaque(next - sum.x);
  return vec2f(next, sum.y + ((sum.x - opaque(next - added)) + (x - added)));
}
fn plusPair(sum: vec2f, other: vec2f) -> vec2f { return plus(plus(sum, other.x), other.y); }
fn toParts(sum: vec2f) -> vec2f {
  let high = opaque(sum.x + sum.y);
  return vec2f(high, sum.y - opaque(high - sum.x));
}
fn valueOf(sum: vec2f) -> f32 { return sum.x + sum.y; }
`;
