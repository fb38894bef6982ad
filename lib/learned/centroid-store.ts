// Where the sums, counts and centroids of a ClassCentroids are: in host memory or on a GPU.
import type { NORMS } from '../backends/enumerations.js';
import type { Labels } from '../checks/labels.js';
import type { DeviceArray } from '../gpu/device-array.js';
import type { Stream } from '../gpu/stream.js';

export type FeatureNorm = (typeof NORMS)[number];

/** The numbers of a store, in host memory. */
export interface CentroidNumbers {
  /** [classes, features] */
  sums: Float64Array;
  /** [classes] */
  counts: Float64Array;
  /** [classes, features], NaN for a class without. Undefined: they stay. */
  centroids?: Float32Array;
}

export interface FeatureBatch {
  features: Float32Array | DeviceArray;
  labels: Labels | DeviceArray;
  ignoreIndex: number | null;
  stream: Stream | undefined;
}

/** `out` is where the store is. What is called `later` does not block, and returns a promise. */
export interface CentroidStore<A extends Float32Array | DeviceArray> {
  accumulate(batch: FeatureBatch): void;
  accumulateLater(batch: FeatureBatch): Promise<void>;
  update(momentum: number, stream: Stream | undefined): void;
  updateLater(momentum: number, stream: Stream | undefined): Promise<void>;
  /** The array to fill, checked to be where the store is; a new one if it is undefined. */
  target(out: unknown, stream: Stream | undefined): A;
  distances(scale: number, out: A, stream: Stream | undefined): void;
  distancesLater(scale: number, out: A, stream: Stream | undefined): Promise<void>;
  /** Copies, when what is under way is done. */
  sums(): Float64Array;
  counts(): Float64Array;
  centroids(): Float32Array;
  write(numbers: CentroidNumbers): void;
}

export interface StoreShape {
  classes: number;
  features: number;
  /** The index of the norm in `NORMS`. */
  norm: number;
}
