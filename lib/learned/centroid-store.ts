// Where the sums, counts and centroids of a ClassCentroids are: in host memory or on a GPU.
import type { NORMS } from '../backends/enumerations.js';
import type { Labels } from '../checks/labels.js';
import type { DeviceArray } from '../gpu/device-array.js';
import type { Stream } from '../gpu/stream.js';

export type FeatureNorm = (typeof NORMS)[number];

/** The numbers of a store, copied to host memory. */
export interface CentroidNumbers {
  /** [classes, features] */
  sums: Float64Array;
  /** [classes] */
  counts: Float64Array;
  /** [classes, features], NaN for a class without a centroid. Undefined: they stay as they are. */
  centroids?: Float32Array;
}

export interface FeatureBatch {
  features: Float32Array | DeviceArray;
  labels: Labels | DeviceArray;
  ignoreIndex: number | null;
  stream: Stream | undefined;
}

/** `out` is where the store is. Methods whose names end in `Later` do not block, and return promises. */
export interface CentroidStore<A extends Float32Array | DeviceArray> {
  accumulate(batch: FeatureBatch): void;
  accumulateLater(batch: FeatureBatch): Promise<void>;
  update(momentum: number, stream: Stream | undefined): void;
  updateLater(momentum: number, stream: Stream | undefined): Promise<void>;
  /** The array to fill, which must be where the store is; a new one if it is undefined. */
  target(out: unknown, stream: Stream | undefined): A;
  distances(scale: number, out: A, stream: Stream | undefined): void;
  distancesLater(scale: number, out: A, stream: Stream | undefined): Promise<void>;
  /** A copy, once the work under way is done. */
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
