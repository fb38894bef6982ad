// Targets and weights of rows in WGSL: what a row counts as.
import type { KernelProblem, TargetType } from './problem.js';

/** Reads a label as an integer of 64 bits; what is no integer has a high half that no class and no index to ignore has. */
const LABELS: Record<Exclude<TargetType, 'distribution'>, string> = {
  int32: 'let bits = targetsBits(row); return Label(bits, select(0u, NONE, bits >= 0x80000000u), bits);',
  uint32: 'let bits = targetsBits(row); return Label(bits, 0u, bits);',
  int64: `
  let low = targetsBits(2u * row);
  let high = targetsBits(2u * row + 1u);
  // As an error names it: the nearest integer of 32 bits.
  let saturated = select(0x7fffffffu, 0x80000000u, high >= 0x80000000u);
  return Label(low, high, select(saturated, low, high == select(0u, NONE, low >= 0x80000000u)));`,
  float32: `
  let bits = targetsBits(row);
  if (!isFinite(bits)) { return Label(0u, 0x7fffffffu, bits); }
  let value = bitcast<f32>(bits);
  if (abs(value) >= 2147483648.0 || value != trunc(value)) { return Label(0u, 0x7fffffffu, bits); }
  let integer = bitcast<u32>(i32(value));
  return Label(integer, select(0u, NONE, value < 0.0), bits);`,
};

const SHARED = `
// The states of a row.
const COUNTED = 0u;
const INVALID = 1u;
const WEIGHTLESS = 2u;
const IGNORED = 3u;

struct Target {
  state: u32,
  // The one class; NONE where several share the mass.
  label: u32,
  // The sum of a distribution, 1 for one class.
  mass: f32,
  // The row's weight.
  weight: f32,
  isBad: bool,
  // A bad label as it is in memory.
  received: u32,
}

// What of a target's row one thread has seen: its sum, the number of classes with mass, the sum of their indices, that of their
// weights; and whether an entry is negative or not finite.
struct Seen { sums: vec4f, isBad: bool }

fn weighted(row: u32, seen: Target, classWeight: f32) -> Target {
  var aimed = seen;
  let bits = sampleWeight(row);
  if ((bits & 0x7fffffffu) == 0u) { return Target(WEIGHTLESS, 0u, 1.0, 0.0, false, 0u); }
  if (!isFinite(bits) || bits >= 0x80000000u) { return Target(INVALID, 0u, 1.0, 0.0, false, 0u); }
  aimed.weight = bitcast<f32>(bits) * select(classWeight, 1.0, aimed.state == INVALID);
  if (aimed.weight == 0.0) { aimed.state = WEIGHTLESS; }
  return aimed;
}
`;

const weightsOf = ({ hasClassWeights, groundNumbers, plan }: TargetProblem) => `
fn classWeight(c: u32) -> f32 {
  return ${hasClassWeights ? `bitcast<f32>(constantsBits(${groundNumbers}u + c))` : '1.0'};
}
fn sampleWeight(row: u32) -> u32 {
  return ${plan.slotOf.sampleWeights === undefined ? '0x3f800000u' : 'sampleWeightsBits(row)'};
}
`;

const indices = (type: Exclude<TargetType, 'distribution'>, hasIgnoreIndex: boolean) => `
struct Label { low: u32, high: u32, received: u32 }
fn labelAt(row: u32) -> Label { ${LABELS[type]} }

fn targetOf(row: u32) -> Target {
  let label = labelAt(row);
  ${
    hasIgnoreIndex
      ? 'if (label.low == call.ignoreLow && label.high == call.ignoreHigh) { return Target(IGNORED, 0u, 1.0, 0.0, false, 0u); }'
      : ''
  }
  if (label.high != 0u || label.low >= CLASSES) {
    var bad = weighted(row, Target(INVALID, 0u, 1.0, 0.0, false, label.received), 1.0);
    bad.isBad = bad.state == INVALID;
    return bad;
  }
  return weighted(row, Target(COUNTED, label.low, 1.0, 0.0, false, 0u), classWeight(label.low));
}
`;

const DISTRIBUTIONS = `
fn targetOf(row: u32, seen: Seen) -> Target {
  if (seen.isBad) { return weighted(row, Target(INVALID, 0u, 1.0, 0.0, false, 0u), 1.0); }
  if (seen.sums.y == 0.0) { return Target(IGNORED, 0u, 1.0, 0.0, false, 0u); }
  if (seen.sums.y == 1.0) {
    let label = u32(seen.sums.z);
    return weighted(row, Target(COUNTED, label, 1.0, 0.0, false, 0u), classWeight(label));
  }
  return weighted(row, Target(COUNTED, NONE, seen.sums.x, 0.0, false, 0u), seen.sums.w / seen.sums.x);
}

fn lookAt(seen: ptr<function, Seen>, c: u32, bits: u32) {
  if (!isFinite(bits) || bits > 0x80000000u) { (*seen).isBad = true; return; }
  if ((bits & 0x7fffffffu) == 0u) { return; }
  let mass = bitcast<f32>(bits);
  (*seen).sums += vec4f(mass, 1.0, f32(c), mass * classWeight(c));
}
`;

/** What of a problem says how its targets are read. */
type TargetProblem = Pick<
  KernelProblem,
  'targetType' | 'hasIgnoreIndex' | 'hasClassWeights' | 'groundNumbers' | 'plan'
>;

export function targets(problem: TargetProblem): string {
  const { targetType, hasIgnoreIndex } = problem;
  const own = targetType === 'distribution' ? DISTRIBUTIONS : indices(targetType, hasIgnoreIndex);
  return `${SHARED}${weightsOf(problem)}${own}
// Where a row begins; its classes are call.inner elements apart.
fn startOf(row: u32) -> u32 { return (row / call.inner) * call.inner * CLASSES + row % call.inner; }
`;
}
