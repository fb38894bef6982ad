// How threads share a row, in WGSL: who has which classes, where the row is kept meanwhile, and how what threads know is put together.
// Each form has the same functions, so that the formulas of a ground distance are written once.
import type { KernelProblem, RowForm } from './problem.js';

/** How the rows of a problem are laid out over threads. */
export interface Layout {
  readonly form: RowForm;
  /** Threads that share a row, a square number. */
  readonly threads: number;
  /** Rows of a workgroup. */
  readonly rows: number;
}

/** Rows of up to so many classes are one thread's. */
const THREAD_CLASSES = 64;
const WORKGROUP = 64;
/** The 16 KB that a workgroup has on every device, in words. */
const WORKGROUP_WORDS = 4096;
/** Words of a workgroup in which its threads put together what they know. */
const shareWords = (workgroup: number, threads: number) => 4 * (workgroup + workgroup / Math.sqrt(threads));
/** Rows in the memory of a workgroup: up to so many classes are shared by so many threads. */
const SHARED: readonly (readonly [classes: number, threads: number])[] = [
  [256, 4],
  [512, 16],
  [WORKGROUP_WORDS, WORKGROUP],
];
/** Threads that keep their own classes: up to 64 of them. */
const RUNS: readonly (readonly [classes: number, threads: number])[] = [
  [4096, 64],
  [16_384, 256],
];

/** Trees work in two numbers more for each class. */
export function layoutFor({ classes, kind }: Pick<KernelProblem, 'classes' | 'kind'>): Layout {
  if (classes <= THREAD_CLASSES) return { form: 'thread', threads: 1, rows: WORKGROUP };
  const wordsOfRow = kind === 'tree' ? classes + workWords(classes) : classes;
  const fitting = SHARED.find(
    ([most, threads]) =>
      classes <= most && (WORKGROUP / threads) * wordsOfRow + shareWords(WORKGROUP, threads) <= WORKGROUP_WORDS,
  );
  if (fitting) return { form: 'workgroup', threads: fitting[1], rows: WORKGROUP / fitting[1] };
  const run = RUNS.find(([most]) => classes <= most);
  return run ? { form: 'runs', threads: run[1], rows: 1 } : { form: 'rereading', threads: 256, rows: 1 };
}

/** So many classes can be those of threads that keep a number of each: 2048 for each of 256. */
export const MOST_KEPT = 524_288;

/** The classes that a thread reads or writes: those side by side are taken by threads side by side, where the row is kept for all of them. */
export const eachClass = ({ form, threads }: Layout): string =>
  form === 'runs' ? 'var c = first(); c < last(); c++' : `var c = thread; c < CLASSES; c += ${threads}u`;

const workWords = (classes: number): number => 2 * (classes + 1);

/** How many words each lane has in the scratch space to work in. */
export const scratchWords = (problem: Pick<KernelProblem, 'classes' | 'kind'>): number =>
  problem.kind === 'tree' && !['thread', 'workgroup'].includes(layoutFor(problem).form)
    ? workWords(problem.classes)
    : 0;

/** Trees have memory in which all threads of the row work: two arrays of a number for each class, and one more. */
const work = ({ form, rows }: Layout, classes: number): string => {
  const words = workWords(classes);
  if (form === 'runs' || form === 'rereading') {
    return `
fn work(i: u32) -> f32 { return bitcast<f32>(scratchBits(call.work + lane * ${words}u + i)); }
fn workWrite(i: u32, x: f32) { scratchWrite(call.work + lane * ${words}u + i, bitcast<u32>(x)); }
`;
  }
  const [space, place, count] =
    form === 'thread' ? ['private', 'i', words] : ['workgroup', `slot * ${words}u + i`, words * rows];
  return `
var<${space}> work_: array<f32, ${count}>;
fn work(i: u32) -> f32 { return work_[${place}]; }
fn workWrite(i: u32, x: f32) { work_[${place}] = x; }
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
// threads whose number is the square root of all: in a fixed order, the same for every thread. What threads know is read between the two
// barriers alone, and what groups know behind both, so that the next sum needs no barrier before it writes.
const shared = (classes: number, { threads, rows }: Layout, inStorage: boolean) => {
  const groups = Math.sqrt(threads);
  return `
const THREADS = ${threads}u;
const GROUPS = ${groups}u;
const RUN = ${Math.ceil(classes / threads) | 1}u;
var<private> thread: u32;
// Which row of its workgroup it is.
var<private> slot: u32;
var<workgroup> parts: array<vec4f, ${threads * rows}>;
var<workgroup> groupParts: array<vec4f, ${groups * rows}>;

fn meet() { ${inStorage ? 'storageBarrier(); ' : ''}workgroupBarrier(); }
fn first() -> u32 { return min(thread * RUN, CLASSES); }
fn last() -> u32 { return min((thread + 1u) * RUN, CLASSES); }

fn scan(own: vec4f) -> Scan {
  let place = slot * THREADS + thread;
  parts[place] = own;
  workgroupBarrier();
  let group = thread / GROUPS;
  let start = place - thread % GROUPS;
  var below = vec4f();
  var above = vec4f();
  for (var i = start; i < place; i++) { below += parts[i]; }
  for (var i = place + 1u; i < start + GROUPS; i++) { above += parts[i]; }
  if (place == start) { groupParts[slot * GROUPS + group] = own + above; }
  workgroupBarrier();
  var lower = vec4f();
  var upper = vec4f();
  var total = vec4f();
  for (var i = 0u; i < GROUPS; i++) {
    let part = groupParts[slot * GROUPS + i];
    total += part;
    if (i < group) { lower += part; }
    if (i > group) { upper += part; }
  }
  return Scan(lower + below, upper + above, total);
}

// What is before each thread, of sums that keep what their roundings lost.
fn scanPairs(own: vec2f) -> vec2f {
  let place = slot * THREADS + thread;
  parts[place] = vec4f(own, 0.0, 0.0);
  workgroupBarrier();
  let group = thread / GROUPS;
  let start = place - thread % GROUPS;
  var below = vec2f();
  for (var i = start; i < place; i++) { below = plusPair(below, parts[i].xy); }
  if (place == start + GROUPS - 1u) { groupParts[slot * GROUPS + group] = vec4f(plusPair(below, own), 0.0, 0.0); }
  workgroupBarrier();
  var lower = vec2f();
  for (var i = 0u; i < group; i++) { lower = plusPair(lower, groupParts[slot * GROUPS + i].xy); }
  return plusPair(lower, below);
}

fn greatest(own: vec2f) -> vec2f {
  parts[slot * THREADS + thread] = vec4f(own, 0.0, 0.0);
  workgroupBarrier();
  if (thread < GROUPS) {
    let start = slot * THREADS + thread * GROUPS;
    var most = parts[start];
    for (var i = 1u; i < GROUPS; i++) { most = max(most, parts[start + i]); }
    groupParts[slot * GROUPS + thread] = most;
  }
  workgroupBarrier();
  var most = groupParts[slot * GROUPS];
  for (var i = 1u; i < GROUPS; i++) { most = max(most, groupParts[slot * GROUPS + i]); }
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

const MEMORY: Record<RowForm, (layout: Layout, writes: boolean) => string> = {
  thread: () => kept('private', 'CLASSES', 'c'),
  workgroup: ({ rows }) => kept('workgroup', `${rows}u * CLASSES`, 'slot * CLASSES + c'),
  runs: () => kept('private', 'RUN', 'c - first()'),
  rereading: (_, writes) => rereading(writes),
};

const gradient = (layout: Layout) => {
  const isRead = layout.form === 'rereading';
  return `
fn writeGradient(isValid: bool, otherwise: u32) {
  ${isRead ? 'if (isValid) { return; }' : ''}
  for (${eachClass(layout)}) {
    gradientWrite(start + c * call.inner, ${isRead ? 'otherwise' : 'select(otherwise, gradientAt(c), isValid)'});
  }
}
`;
};

export function form(layout: Layout, problem: KernelProblem): string {
  const { classes, kind, plan } = problem;
  const threads =
    layout.threads === 1 ? ALONE : shared(classes, layout, scratchWords(problem) > 0 || layout.form === 'rereading');
  const writes = plan.slotOf.gradient !== undefined;
  return `
struct Scan { below: vec4f, above: vec4f, total: vec4f }
var<private> start: u32;
${threads}${MEMORY[layout.form](layout, writes)}${kind === 'tree' ? work(layout, classes) : ''}${writes ? gradient(layout) : ''}`;
}
