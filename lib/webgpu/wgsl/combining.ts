// How the threads of a row put together what they know, in WGSL: by the memory of their workgroup, or by subgroups where the device has them.
// All sums are in a fixed order, and the same for every thread.
import type { KernelProblem, Layout } from './problem.js';

/** What one thread has is all there is. */
const ALONE = `
const RUN = CLASSES;
var<private> thread: u32;
fn meet() {}
fn first() -> u32 { return 0u; }
fn last() -> u32 { return CLASSES; }
fn scan(own: vec4f) -> Scan { return Scan(vec4f(), vec4f(), own); }
fn scanPairs(own: vec2f) -> PairScan { return PairScan(vec2f(), own); }
fn greatest(own: vec2f) -> vec2f { return own; }
`;

/** Threads take neighbouring classes, an odd number of them, so that they read from different banks of memory. */
const together = (classes: number, threads: number, inStorage: boolean) => `
const THREADS = ${threads}u;
const RUN = ${Math.ceil(classes / threads) | 1}u;
var<private> thread: u32;
// Which row of its workgroup it is.
var<private> slot: u32;
fn meet() { ${inStorage ? 'storageBarrier(); ' : ''}workgroupBarrier(); }
fn first() -> u32 { return min(thread * RUN, CLASSES); }
fn last() -> u32 { return min((thread + 1u) * RUN, CLASSES); }
`;

// Sums go through groups of threads whose number is the square root of all. What threads know is read between the two barriers alone, and
// what groups know behind both, so that the next sum needs no barrier before it writes.
const byMemory = ({ threads, rows }: Layout) => {
  const groups = Math.sqrt(threads);
  return `
const GROUPS = ${groups}u;
var<workgroup> parts: array<vec4f, ${threads * rows}>;
var<workgroup> groupParts: array<vec4f, ${groups * rows}>;

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

// The same before each thread, and of all, of sums that keep what their roundings lost.
fn scanPairs(own: vec2f) -> PairScan {
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
  var total = vec2f();
  for (var i = 0u; i < GROUPS; i++) {
    if (i == group) { lower = total; }
    total = plusPair(total, groupParts[slot * GROUPS + i].xy);
  }
  return PairScan(plusPair(lower, below), total);
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

// A span is what one subgroup has of a row. Sums over it need no memory; those of several spans take one barrier, as they are written to
// the two halves of `parts` by turns: who writes to a half again has passed the barrier of the other.
const bySubgroups = ({ threads, rows }: Layout, subgroup: number) => {
  const span = Math.min(threads, subgroup);
  const spans = threads / span;
  return `
const SPAN = ${span}u;
// Its number in its subgroup.
var<private> invocation: u32;
// Whether subgroups are not made of neighbouring threads, as on no known device: the rows are NaN then.
var<private> isTorn: bool;
fn formSpans(local: u32, ofSubgroup: u32) {
  invocation = ofSubgroup;
  let begin = local - local % ${subgroup}u;
  let ofFirst = subgroupBroadcastFirst(begin);
  let threads = subgroupAdd(1u);
  isTorn = subgroupAny((local - begin != ofSubgroup) | (begin != ofFirst) | (threads != ${subgroup}u));
}
${
  spans === 1
    ? ''
    : `
const SPANS = ${spans}u;
var<workgroup> parts: array<vec4f, ${2 * spans * rows}>;
var<private> half: u32;

// What one thread of each span says, for all; returns where it begins.
fn exchange(isSpeaker: bool, said: vec4f) -> u32 {
  half = ${spans * rows}u - half;
  let start = half + slot * SPANS;
  if (isSpeaker) { parts[start + thread / SPAN] = said; }
  workgroupBarrier();
  return start;
}`
}

fn scan(own: vec4f) -> Scan {
  let place = thread % SPAN;
  var upTo = own;
  var fromOn = own;
  for (var step = 1u; step < SPAN; step <<= 1u) {
    let before = subgroupShuffleUp(upTo, step);
    let behind = subgroupShuffleDown(fromOn, step);
    if (place >= step) { upTo += before; }
    if (place + step < SPAN) { fromOn += behind; }
  }
  let before = subgroupShuffleUp(upTo, 1u);
  let behind = subgroupShuffleDown(fromOn, 1u);
  let below = select(before, vec4f(), place == 0u);
  let above = select(behind, vec4f(), place == SPAN - 1u);
  ${
    spans === 1
      ? 'return Scan(below, above, subgroupShuffle(upTo, invocation - place + SPAN - 1u));'
      : `
  let start = exchange(place == SPAN - 1u, upTo);
  var lower = vec4f();
  var upper = vec4f();
  var total = vec4f();
  for (var i = 0u; i < SPANS; i++) {
    let part = parts[start + i];
    total += part;
    if (i < thread / SPAN) { lower += part; }
    if (i > thread / SPAN) { upper += part; }
  }
  return Scan(lower + below, upper + above, total);`
  }
}

// The same before each thread, and of all, of sums that keep what their roundings lost.
fn scanPairs(own: vec2f) -> PairScan {
  let place = thread % SPAN;
  var upTo = own;
  for (var step = 1u; step < SPAN; step <<= 1u) {
    let before = subgroupShuffleUp(upTo, step);
    if (place >= step) { upTo = plusPair(before, upTo); }
  }
  let before = subgroupShuffleUp(upTo, 1u);
  let below = select(before, vec2f(), place == 0u);
  ${
    spans === 1
      ? 'return PairScan(below, subgroupShuffle(upTo, invocation - place + SPAN - 1u));'
      : `
  let start = exchange(place == SPAN - 1u, vec4f(upTo, 0.0, 0.0));
  var lower = vec2f();
  var total = vec2f();
  for (var i = 0u; i < SPANS; i++) {
    if (i == thread / SPAN) { lower = total; }
    total = plusPair(total, parts[start + i].xy);
  }
  return PairScan(plusPair(lower, below), total);`
  }
}

fn greatest(own: vec2f) -> vec2f {
  var most = own;
  for (var step = 1u; step < SPAN; step <<= 1u) { most = max(most, subgroupShuffleXor(most, step)); }
  ${
    spans === 1
      ? ''
      : `
  let start = exchange(thread % SPAN == 0u, vec4f(most, 0.0, 0.0));
  for (var i = 0u; i < SPANS; i++) { most = max(most, parts[start + i].xy); }`
  }
  return most;
}
`;
};

/** @param inStorage Whether threads of a row read from the storage what others have written there. */
export function combining(layout: Layout, { classes, subgroup }: KernelProblem, inStorage: boolean): string {
  const { threads } = layout;
  const ways =
    threads === 1
      ? ALONE
      : `${together(classes, threads, inStorage)}${subgroup > 1 ? bySubgroups(layout, subgroup) : byMemory(layout)}`;
  return `
struct Scan { below: vec4f, above: vec4f, total: vec4f }
struct PairScan { below: vec2f, total: vec2f }
${ways}`;
}
