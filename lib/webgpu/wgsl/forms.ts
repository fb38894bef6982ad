// How threads share a row, in WGSL: who has which classes, and where the row is kept meanwhile. Each form has the same functions, so that
// the formulas of a ground distance are written once.
import { WORKGROUP } from '../device-traits.js';
import { combining } from './combining.js';
import { isExact } from './excess.js';
import type { KernelProblem, Layout, RowForm, RowShape } from './problem.js';

/** Rows of up to so many classes are one thread's. */
const THREAD_CLASSES = 64;
/** The 16 KB that a workgroup has on every device, in words. With more, long rows took longer than where their threads keep them. */
const WORKGROUP_WORDS = 4096;
/** Words of a workgroup in which its threads put together what they know. */
const shareWords = (workgroup: number, threads: number) => 4 * (workgroup + workgroup / Math.sqrt(threads));
/** Rows in the memory of a workgroup: up to so many classes are shared by so many threads. */
const SHARED: readonly (readonly [classes: number, threads: number])[] = [
  [256, 4],
  [512, 16],
  [WORKGROUP_WORDS, 64],
];
/** Threads that keep their own classes, up to 64 of them, where a row does not fit the memory of a workgroup. */
const RUNS: readonly (readonly [classes: number, threads: number])[] = [
  [4096, 64],
  [16_384, 256],
];

export function layoutFor({ classes, kind }: RowShape): Layout {
  if (classes <= THREAD_CLASSES) return { form: 'thread', threads: 1, rows: WORKGROUP };
  // Trees work in two numbers more for each class.
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
export const scratchWords = (problem: RowShape): number =>
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

const RECOMPUTED = `
fn keepMass(c: u32, mass: f32) {}
fn massAt(c: u32) -> f32 { return massOf(scoreBits(c)); }`;

/** The row is kept: first the predictions, then what they become, unless that is more than a number, at last the gradient. */
const kept = (space: 'private' | 'workgroup', count: string, place: string, inParts: boolean) => `
var<${space}> row_: array<u32, ${count}>;
fn keep(c: u32, bits: u32) { row_[${place}] = bits; }
fn scoreBits(c: u32) -> u32 { return row_[${place}]; }
${
  inParts
    ? RECOMPUTED
    : `
fn keepMass(c: u32, mass: f32) { row_[${place}] = bitcast<u32>(mass); }
fn massAt(c: u32) -> f32 { return bitcast<f32>(row_[${place}]); }`
}
fn keepSlope(c: u32, slope: f32) { row_[${place}] = bitcast<u32>(slope); }
fn gradientAt(c: u32) -> u32 { return row_[${place}]; }
`;

/** The row is read again each time; the gradient is written at once. */
const rereading = (writes: boolean) => `
fn keep(c: u32, bits: u32) {}
fn scoreBits(c: u32) -> u32 { return predictionsBits(start + c * call.inner); }
${RECOMPUTED}
${writes ? 'fn keepSlope(c: u32, slope: f32) { gradientWrite(start + c * call.inner, bitcast<u32>(slope)); }' : ''}
`;

const MEMORY: Record<RowForm, (layout: Layout, inParts: boolean, writes: boolean) => string> = {
  thread: (_, inParts) => kept('private', 'CLASSES', 'c', inParts),
  workgroup: ({ rows }, inParts) => kept('workgroup', `${rows}u * CLASSES`, 'slot * CLASSES + c', inParts),
  runs: (_, inParts) => kept('private', 'RUN', 'c - first()', inParts),
  rereading: (_, __, writes) => rereading(writes),
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
  const writes = plan.slotOf.gradient !== undefined;
  return `
var<private> start: u32;
${combining(layout, problem, scratchWords(problem) > 0 || layout.form === 'rereading')}
${MEMORY[layout.form](layout, isExact(problem), writes)}${kind === 'tree' ? work(layout, classes) : ''}${writes ? gradient(layout) : ''}`;
}
