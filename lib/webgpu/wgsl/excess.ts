// What a class has more of the prediction than of the target, in WGSL, and sums of that: p - t / S, S the sum of the target.
//
// With power 1 an error of such a sum counts as often as a boundary is long, and there are as many as classes: where a distribution is close
// to the prediction, or its mass comes back behind a few classes, all digits of float32 cancel. The same goes, with either power, for
// gradients by probabilities, which are not multiplied by one. Hence t times the mass that a target of 1 stands for, which is known to more
// digits, is taken from masses in products that are exact; exponentials, differences and sums are in two parts; and only E itself is divided
// by the sum of the masses.
import type { KernelProblem } from './problem.js';

/**
 * Whether sums have digits that a float32 has not. From logits to one class nothing cancels, and on a circle with power 2 the mean takes
 * such errors out.
 */
export const isExact = ({ power, targetType, logits, kind }: KernelProblem): boolean =>
  power === 1
    ? (targetType === 'distribution' || !logits) && kind !== 'matrix'
    : !logits && (kind === 'ordered' || kind === 'tree');

const PLAIN = `
fn excessAt(c: u32) -> f32 { return massAt(c) * inverse - targetAt(c) * inverseTarget; }
fn plusExcess(sum: vec2f, c: u32) -> vec2f { return plus(sum, excessAt(c)); }
fn ofMoved(cost: f32) -> f32 { return cost; }

// What all masses have more than the target, and should not.
fn correct(excess: f32) { if (aim.label == NONE) { inverse -= inverse * excess; } }
`;

const EXACT = `
// By what targets are multiplied, a power of two, so that their sum is between 4 and 8; and that sum.
var<private> unit: f32;
var<private> units: f32;
// The mass of one unit: two parts of 12 bits, and what they lack.
var<private> ratio: vec3f;

fn beyondUnits(mass: vec2f, share: f32) -> vec2f {
  let high = upperHalf(share);
  let low = share - high;
  var rest = plus(plus(mass, -high * ratio.x), -low * ratio.x);
  rest.y -= high * ratio.y + (low * ratio.y + share * ratio.z);
  return rest;
}
fn excessAt(c: u32) -> vec2f { return beyondUnits(massInParts(scoreBits(c)), targetAt(c) * unit); }
fn plusExcess(sum: vec2f, c: u32) -> vec2f { return plusPair(sum, excessAt(c)); }
fn ofMoved(cost: f32) -> f32 { return cost * inverse; }

// The sums of masses and of targets, before all else.
fn compare(mass: f32, sum: vec2f) {
  unit = bitcast<f32>(min(256u - (bitcast<u32>(sum.x) >> 23u), 254u) << 23u);
  units = sum.x * unit;
  let ofUnit = mass / units;
  let most = upperHalf(ofUnit);
  ratio = vec3f(most, ofUnit - most, 0.0);
  correct(valueOf(beyondUnits(vec2f(mass, 0.0), units)) - sum.y * unit * ofUnit);
}
// What all masses have more than the target, and should not.
fn correct(excess: f32) { ratio.z += excess / units; }
`;

export const excess = (problem: KernelProblem): string => (isExact(problem) ? EXACT : PLAIN);
