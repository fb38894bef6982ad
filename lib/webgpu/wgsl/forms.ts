// How threads share a row, in WGSL: who has which classes, where the row is kept meanwhile, and how what threads know is put together.
// Each form has the same functions, so that the formulas of a ground distance are written once.
import type { KernelProblem, RowForm } from './problem.js';

/** Rows of up to so many classes are one thread's. */
export const THREAD_CLASSES = 64;
/** The 16 KB that a workgroup has on every device hold so many classes beside the sums. */
export const WORKGROUP_CLASSES = 3808;
/** The threads of a workgroup have room for so many, 64 each. */
export const RUN_CLASSES = 16_384;

/** Of trees, whose work of two numbers for each class lies there, too. */
export const WORKGROUP_NODES = 1268;

/** Energies look at the masses of all classes, which threads that keep their own cannot. */
export function formFor({ classes, kind }: Pick<KernelProblem, 'classes' | 'kind'>): RowForm {
  if (classes <= THREAD_CLASSES) return 'thread';
  if (classes <= (kind === 'tree' ? WORKGROUP_NODES : WORKGROUP_CLASSES)) return 'workgroup';
  return classes <= RUN_CLASSES && kind !== 'energy' ? 'runs' : 'rereading';
}

/** Threads per workgroup, and how many of them share a row. */
export const THREADS: Record<RowForm, { workgroup: number; row: number }> = {
  thread: { workgroup: 64, row: 1 },
  workgroup: { workgroup: 64, row: 64 },
  runs: { workgroup: 256, row: 256 },
  rereading: { workgroup: 256, row: 256 },
};

/** The classes that a thread reads or writes: those side by side are taken by threads side by side, where the row is kept for all of them. */
export const eachClass = (which: RowForm): string =>
  which === 'runs' ? 'var c = first(); c < last(); c++' : `var c = thread; c < CLASSES; c += ${THREADS[which].row}u`;

const words = (classes: number) => 2 * (classes + 1);

/** How many words each lane has in the scratch space to work in. */
export const scratchWords = (problem: Pick<KernelProblem, 'classes' | 'kind'>): number =>
  problem.kind === 'tree' && !['thread', 'workgroup'].includes(formFor(problem)) ? words(problem.classes) : 0;

/** Trees have memory in which all threads of the row work: two arrays of a number for each class, and one more. */
const work = (which: RowForm, classes: number): string => {
  if (which === 'runs' || which === 'rereading') {
    return `
fn work(i: u32) -> f32 { return bitcast<f32>(scratchBits(call.work + lane * ${words(classes)}u + i)); }
fn workWrite(i: u32, x: f32) { scratchWrite(call.work + lane * ${words(classes)}u + i, bitcast<u32>(x)); }
`;
  }
  return `
var<${which === 'thread' ? 'private' : 'workgroup'}> work_: array<f32, ${words(classes)}>;
fn work(i: u32) -> f32 { return work_[i]; }
fn workWrite(i: u32, x: f32) { work_[i] = x; }
`;
};

/** What one thread has is all there is. */
const ALONE = `
const RUN = CLASSES;
var<private> thread: u32;
fn meet() {}
fn first() -> u32 { return 0u; }
fn last() -> u32 { return CLASSES; }
fn scan(own: vec4f) -> Scan { return Scan(vec4f(), vec4f(), own); }
fn scanPairs(own: vec2f) -> vec2f { return vec2f(); }
fn greatest(own: vec2f) -> vec2f { return own; }
`;

// Threads take neighbouring classes, an odd number of them, so that they read from different banks of memory. Sums go through groups of
// threads whose number is the square root of all: in a fixed order, the same for every thread.
const shared = (classes: number, threads: number, inScratch: boolean) => {
  const groups = Math.sqrt(threads);
  return `
const THREADS = ${threads}u;
const GROUPS = ${groups}u;
const RUN = ${Math.ceil(classes / threads) | 1}u;
var<private> thread: u32;
var<workgroup> parts: array<vec4f, ${threads}>;
var<workgroup> groupParts: array<vec4f, ${groups}>;

fn meet() { ${inScratch ? 'storageBarrier(); ' : ''}workgroupBarrier(); }
fn first() -> u32 { return min(thread * RUN, CLASSES); }
fn last() -> u32 { return min((thread + 1u) * RUN, CLASSES); }

fn scan(own: vec4f) -> Scan {
  workgroupBarrier();
  parts[thread] = own;
  workgroupBarrier();
  let group = thread / GROUPS;
  let start = group * GROUPS;
  var below = vec4f();
  var above = vec4f();
  for (var i = start; i < thread; i++) { below += parts[i]; }
  for (var i = thread + 1u; i < start + GROUPS; i++) { above += parts[i]; }
  if (thread == start) { groupParts[group] = own + above; }
  workgroupBarrier();
  var lower = vec4f();
  var upper = vec4f();
  var total = vec4f();
  for (var i = 0u; i < GROUPS; i++) {
    let part = groupParts[i];
    total += part;
    if (i < group) { lower += part; }
    if (i > group) { upper += part; }
  }
  return Scan(lower + below, upper + above, total);
}

// What is before each thread, of sums that keep what their roundings lost.
fn scanPairs(own: vec2f) -> vec2f {
  workgroupBarrier();
  parts[thread] = vec4f(own, 0.0, 0.0);
  workgroupBarrier();
  let group = thread / GROUPS;
  let start = group * GROUPS;
  if (thread == start) {
    var all = own;
    for (var i = start + 1u; i < start + GROUPS; i++) { all = plusPair(all, parts[i].xy); }
    groupParts[group] = vec4f(all, 0.0, 0.0);
  }
  workgroupBarrier();
  var below = vec2f();
  for (var i = 0u; i < group; i++) { below = plusPair(below, groupParts[i].xy); }
  for (var i = start; i < thread; i++) { below = plusPair(below, parts[i].xy); }
  return below;
}

fn greatest(own: vec2f) -> vec2f {
  workgroupBarrier();
  parts[thread] = vec4f(own, 0.0, 0.0);
  workgroupBarrier();
  if (thread < GROUPS) {
    var most = parts[thread * GROUPS];
    for (var i = 1u; i < GROUPS; i++) { most = max(most, parts[thread * GROUPS + i]); }
    groupParts[thread] = most;
  }
  workgroupBarrier();
  var most = groupParts[0];
  for (var i = 1u; i < GROUPS; i++) { most = max(most, groupParts[i]); }
  return most.xy;
}
`;
};

/** The row is kept: first the predictions, then what they become, at last the gradient. */
const kept = (space: 'private' | 'workgroup', count: string, place: string) => `
var<${space}> row_: array<u32, ${count}>;
fn keep(c: u32, bits: u32) { row_[${place}] = bits; }
fn scoreBits(c: u32) -> u32 { return row_[${place}]; }
fn keepMass(c: u32, mass: f32) { row_[${place}] = bitcast<u32>(mass); }
fn massAt(c: u32) -> f32 { return bitcast<f32>(row_[${place}]); }
fn keepSlope(c: u32, slope: f32) { row_[${place}] = bitcast<u32>(slope); }
fn gradientAt(c: u32) -> u32 { return row_[${place}]; }
`;

/** The row is read again each time; the gradient is written at once. */
const rereading = (writes: boolean) => `
fn keep(c: u32, bits: u32) {}
fn scoreBits(c: u32) -> u32 { return predictionsBits(start + c * call.inner); }
fn keepMass(c: u32, mass: f32) {}
fn massAt(c: u32) -> f32 { return massOf(scoreBits(c)); }
${writes ? 'fn keepSlope(c: u32, slope: f32) { gradientWrite(start + c * call.inner, bitcast<u32>(slope)); }' : ''}
`;

const MEMORY: Record<RowForm, (writes: boolean) => string> = {
  thread: () => kept('private', 'CLASSES', 'c'),
  workgroup: () => kept('workgroup', 'CLASSES', 'c'),
  runs: () => kept('private', 'RUN', 'c - first()'),
  rereading,
};

const gradient = (which: RowForm) => `
fn writeGradient(isValid: bool, otherwise: u32) {
  ${which === 'rereading' ? 'if (isValid) { return; }' : ''}
  for (${eachClass(which)}) {
    gradientWrite(start + c * call.inner, ${which === 'rereading' ? 'otherwise' : 'select(otherwise, gradientAt(c), isValid)'});
  }
}
`;

export function form(which: RowForm, problem: KernelProblem): string {
  const { classes, kind, plan } = problem;
  const { row } = THREADS[which];
  const threads = row === 1 ? ALONE : shared(classes, row, scratchWords(problem) > 0);
  const writes = plan.slotOf.gradient !== undefined;
  return `
struct Scan { below: vec4f, above: vec4f, total: vec4f }
var<private> start: u32;
${threads}${MEMORY[which](writes)}${kind === 'tree' ? work(which, classes) : ''}${writes ? gradient(which) : ''}`;
}
