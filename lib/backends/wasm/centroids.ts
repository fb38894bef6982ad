// Sums, centroids and distances of learned ground distances, in WebAssembly. They stay in JavaScript's arrays: a call takes to the
// module what it works on, of sums only those of the classes in the batch.
import type { Labels } from '../../checks/labels.js';
import { copyOf, viewOf } from '../../checks/typed-arrays.js';
import type { CentroidArrays, CentroidsHandle, HostBackend } from '../backend.js';
import { targetKind } from './call.js';
import { aligned } from './instance.js';
import { workSlowly } from './jobs.js';
import { refuse, withMemory } from './loss.js';
import { classDistancesLater } from './offload.js';

/** Numbers that are worked on at a time: what fits a cache, and blocks a page for a few milliseconds. */
const STRETCH = 2 ** 18;
/** Native code knows no fewer. */
const FEWEST_CLASSES = 2;

type Store = CentroidArrays | CentroidsHandle;

const asHandle = (arrays: CentroidArrays) => arrays as unknown as CentroidsHandle;
const arraysOf = (store: Store) => store as CentroidArrays;

export const ownCentroids: HostBackend['ownCentroids'] = ([sums, counts, centroids]) =>
  asHandle([sums.slice(), counts.slice(), centroids.slice()]);

export const readCentroids: HostBackend['readCentroids'] = (from, arrays) => {
  arrays.forEach((array, i) => void array?.set(arraysOf(from)[i]));
};

export const writeCentroids: HostBackend['writeCentroids'] = (to, arrays) => {
  arrays.forEach((array, i) => {
    if (array !== null) arraysOf(to)[i].set(array);
  });
};

export const accumulate: HostBackend['accumulate'] = (features, labels, store, normalize, ignoreIndex, later) => {
  const [sums, counts] = arraysOf(store);
  const offender = firstBadRow(labels, counts.length, ignoreIndex);
  if (offender >= 0) return offender;
  const width = sums.length / counts.length;
  const rows = later ? { features: copyOf(features), labels: copyOf(labels) } : { features, labels };
  const step = Math.max(1, Math.floor(STRETCH / width));
  const add = (begin: number) => {
    const end = Math.min(begin + step, labels.length);
    addRows(
      viewOf(rows.features, begin * width, end * width),
      viewOf(rows.labels, begin, end),
      sums,
      counts,
      normalize,
      ignoreIndex,
    );
  };
  if (later) return workSlowly(labels.length, step, add);
  for (let begin = 0; begin < labels.length; begin += step) add(begin);
  return -1;
};

/** The first row whose label is no class and not to be ignored; -1 if there is none. */
function firstBadRow(labels: Labels, classes: number, ignoreIndex: number | null): number {
  for (let row = 0; row < labels.length; row++) {
    const label = Number(labels[row]);
    if ((label < 0 || label >= classes) && label !== ignoreIndex) return row;
  }
  return -1;
}

function addRows(
  features: Float32Array,
  labels: Labels,
  sums: Float64Array,
  counts: Float64Array,
  normalize: number,
  ignoreIndex: number | null,
): void {
  const width = sums.length / counts.length;
  // Classes are numbered anew, in the order in which they come.
  const places = new Map<number, number>();
  const own = new Int32Array(labels.length);
  for (let row = 0; row < labels.length; row++) {
    const label = Number(labels[row]);
    const known = label === ignoreIndex ? -1 : places.get(label);
    if (known === undefined) places.set(label, places.size);
    own[row] = known ?? places.size - 1;
  }
  const classes = Math.max(FEWEST_CLASSES, places.size);
  const labelsBegin = aligned(features.byteLength);
  const sumsBegin = labelsBegin + aligned(own.byteLength);
  const countsBegin = sumsBegin + aligned(classes * width * 8);
  withMemory(countsBegin + classes * 8, (base, instance) => {
    const { exports, memory } = instance;
    const sumsAt = (base + sumsBegin) / 8;
    const countsAt = (base + countsBegin) / 8;
    memory.float32.set(features, base / 4);
    memory.uint32.set(own, (base + labelsBegin) / 4);
    for (const [label, place] of places) {
      memory.float64.set(sums.subarray(label * width, (label + 1) * width), sumsAt + place * width);
      memory.float64[countsAt + place] = counts[label];
    }
    exports.accumulate(
      base,
      base + labelsBegin,
      targetKind(own),
      own.length,
      width,
      classes,
      normalize,
      1,
      -1,
      base + sumsBegin,
      base + countsBegin,
    );
    const { float64 } = instance.memory; // it may have grown
    for (const [label, place] of places) {
      const from = sumsAt + place * width;
      sums.set(float64.subarray(from, from + width), label * width);
      counts[label] = float64[countsAt + place];
    }
  });
}

export const updateCentroids: HostBackend['updateCentroids'] = (store, momentum, later) => {
  const [sums, counts, centroids] = arraysOf(store);
  const width = sums.length / counts.length;
  const step = Math.max(FEWEST_CLASSES, Math.floor(STRETCH / width));
  const update = (begin: number) => {
    // A class alone takes the one before it along: it has neither sums nor counts by then, and stays as it is.
    const first = Math.min(begin, counts.length - FEWEST_CLASSES);
    const classes = Math.min(step, counts.length - first);
    updateClasses(
      sums.subarray(first * width, (first + classes) * width),
      counts.subarray(first, first + classes),
      centroids.subarray(first * width, (first + classes) * width),
      momentum,
    );
  };
  if (later) return workSlowly(counts.length, step, update) as Promise<void>;
  for (let begin = 0; begin < counts.length; begin += step) update(begin);
  return undefined;
};

function updateClasses(sums: Float64Array, counts: Float64Array, centroids: Float32Array, momentum: number): void {
  const countsBegin = aligned(sums.byteLength);
  const centroidsBegin = countsBegin + aligned(counts.byteLength);
  withMemory(centroidsBegin + centroids.byteLength, (base, instance) => {
    const { exports, memory } = instance;
    const at = { counts: (base + countsBegin) / 8, centroids: (base + centroidsBegin) / 4 };
    memory.float64.set(sums, base / 8);
    memory.float64.set(counts, at.counts);
    memory.float32.set(centroids, at.centroids);
    const width = sums.length / counts.length;
    exports.updateCentroids(width, counts.length, momentum, base, base + countsBegin, base + centroidsBegin);
    const { float32, float64 } = instance.memory; // it may have grown
    sums.set(float64.subarray(base / 8, base / 8 + sums.length));
    counts.set(float64.subarray(at.counts, at.counts + counts.length));
    centroids.set(float32.subarray(at.centroids, at.centroids + centroids.length));
  });
}

export const classDistances: HostBackend['classDistances'] = (store, scale, out, later) => {
  const [, counts, centroids] = arraysOf(store);
  if (later) return classDistancesLater(centroids, counts.length, scale, out).catch(refuse);
  measure(centroids, out, (exports, from, to) =>
    exports.classDistances(from, counts.length, centroids.length / counts.length, scale, to),
  );
  return undefined;
};

export const pairwiseDistances: HostBackend['pairwiseDistances'] = (points, rows, out) => {
  measure(points, out, (exports, from, to) => exports.pairwiseDistances(from, rows, points.length / rows, to));
};

type Measure = Parameters<Parameters<typeof withMemory>[1]>[1]['exports'];

function measure(
  points: Float32Array,
  out: Float32Array,
  call: (exports: Measure, from: number, to: number) => unknown,
) {
  const outBegin = aligned(points.byteLength);
  withMemory(outBegin + out.byteLength, (base, instance) => {
    instance.memory.float32.set(points, base / 4);
    call(instance.exports, base, base + outBegin);
    const at = (base + outBegin) / 4;
    out.set(instance.memory.float32.subarray(at, at + out.length));
  });
}
