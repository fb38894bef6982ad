// What the loss reads of distances that lie on the device, in WGSL: their powers, and an offset, a thread for each.
import type { BufferPlan } from '../buffer-plan.js';
import { ARITHMETIC } from './arithmetic.js';
import { memory } from './memory.js';
import { STRIDE_THREADS } from './strides.js';

/** `distance ** exponent + offset` */
export interface GroundTransform {
  readonly exponent: number;
  readonly offset: number;
}

export interface GroundProblem extends GroundTransform {
  readonly classes: number;
  readonly plan: BufferPlan;
}

/** A number of which products with integers of up to eight bits are exact, as `leading`, and the rest of it. */
function inTwo(value: number): { leading: number; rest: number } {
  const unit = 2 ** (Math.floor(Math.log2(value)) - 14);
  const leading = Math.round(value / unit) * unit;
  return { leading, rest: value - leading };
}

/** A finite number as WGSL reads it. */
const literal = (value: number) => `f32(${Math.fround(value)})`;

const power = (given: number): string => {
  if (given === 1) return 'return x;';
  if (given === 2) return 'return x * x;';
  // Beyond these, powers of float32 numbers are 0, 1 or infinite.
  const exponent = Math.min(Math.max(given, 1e-30), 1e30);
  const { leading, rest } = inTwo(exponent);
  return `
  if (x < SMALLEST) { return 0.0; }
  // x is 2^n times a number near 1, whose logarithm keeps its digits.
  let bits = bitcast<u32>(x);
  let n = i32(bits - 0x3f3504f3u) >> 23u;
  let near = bitcast<f32>(bits - (u32(n) << 23u));
  let whole = f32(n) * ${literal(leading)};
  let part = opaque(whole - round(whole)) + (f32(n) * ${literal(rest)} + ${literal(exponent)} * log2(near));
  let up = clamp(round(whole) + round(part), -127.0, 128.0);
  return exp2(part - round(part)) * bitcast<f32>(u32(i32(up) + 127) << 23u);`;
};

export function groundKernel({ classes, exponent, offset, plan }: GroundProblem): string {
  return `
const NUMBERS = ${classes * classes}u;
${memory(plan)}${ARITHMETIC}
fn raised(x: f32) -> f32 { ${power(exponent)} }

@compute @workgroup_size(${STRIDE_THREADS})
fn main(@builtin(global_invocation_id) id: vec3u) {
  for (var at = id.x; at < NUMBERS; at += call.lanes) {
    let bits = distancesBits(at);
    let number = raised(bitcast<f32>(bits))${offset === 0 ? '' : ` + ${literal(offset)}`};
    groundWrite(at, select(NOT_A_NUMBER, bitcast<u32>(number), isFinite(bits)));
  }
}
`;
}
