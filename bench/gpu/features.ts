// Centroids of classes and the distances between them, on a GPU: accumulation beside a copy, distances by their arithmetic.
import { ClassCentroids, DeviceArray, Stream } from 'squared-emd';
import { type Effort, measure, type Timing } from './measure.js';

export interface FeatureCase {
  classes: number;
  features: number;
  rows: number;
}

export interface FeatureResult extends FeatureCase {
  accumulate: Timing;
  copy: Timing;
  /** Half the time of a copy of the features, which reads them as accumulation does, divided by that of accumulation. */
  shareOfReading: number;
  distances: Timing;
  /** A subtraction and a multiply-add for each feature of each pair of classes, per second. */
  gigaflops: number;
}

/** A ResNet-50's features for ImageNet, embeddings for many classes, a small network's for few. */
const SHAPES: readonly [classes: number, features: number][] = [
  [10, 64],
  [101, 512],
  [1000, 2048],
  [8192, 512],
];

/** Those of the shapes that have one of these numbers of classes, with about so many bytes of features. */
export const featureCases = (classes: readonly number[], bytes: number): FeatureCase[] =>
  SHAPES.filter(([count]) => classes.includes(count)).map(([count, features]) => ({
    classes: count,
    features,
    rows: Math.max(1, Math.floor(bytes / 4 / features)),
  }));

export const nameOfFeatures = ({ rows, features, classes }: FeatureCase) =>
  `${rows} x ${features} features, ${classes} classes`;

/** The memory that a case needs: features and their copy, distances, and sums in float64 of what is accumulated. */
export const bytesOfFeatures = ({ rows, features, classes }: FeatureCase) =>
  8 * rows * features + 4 * classes ** 2 + 16 * classes * features;

/** Rows of classes in turn; the features are whole numbers, so that sums are exact in any order. */
function batchOf({ classes, features, rows }: FeatureCase) {
  const values = Float32Array.from({ length: rows * features }, (_, i) => (Math.imul(i, 7919) >>> 7) % 17);
  const labels = Int32Array.from({ length: rows }, (_, row) => row % classes);
  return { values, labels };
}

function verify(device: ClassCentroids<number>, { values, labels }: ReturnType<typeof batchOf>): void {
  const { classes, features } = device;
  const host = new ClassCentroids({ classes, features, normalize: 'none' });
  host.accumulate(values, labels);
  host.update();
  const [actual, expected] = [device.centroids, host.centroids];
  const wrong = actual.findIndex((value, i) => !Object.is(value, expected[i]));
  if (wrong >= 0) throw new Error(`centroid ${wrong}: ${actual[wrong]}, the CPU's is ${expected[wrong]}`);
}

/** Verifies the centroids, then times accumulation, a copy of the features, and the distances. */
export async function runFeatures(work: FeatureCase, effort: Effort): Promise<FeatureResult> {
  const { classes, features, rows } = work;
  const stream = new Stream();
  const batch = batchOf(work);
  const arrays = {
    values: DeviceArray.from(batch.values),
    labels: DeviceArray.from(batch.labels),
    copied: DeviceArray.allocate('float32', rows * features),
    out: DeviceArray.allocate('float32', classes ** 2),
  };
  try {
    const centroids = new ClassCentroids({ classes, features, normalize: 'none', device: 0 });
    const accumulate = () => centroids.accumulate(arrays.values, arrays.labels, { stream });
    accumulate();
    centroids.update({ stream });
    await stream.synchronize();
    verify(centroids, batch);
    const copy = () => arrays.copied.set(arrays.values, { stream });
    const distances = () => void centroids.distances({ scale: 'none', out: arrays.out, stream });
    const [accumulated, copied, measured] = await measure(stream, [accumulate, copy, distances], effort);
    const pairs = (classes * (classes - 1)) / 2;
    return {
      ...work,
      accumulate: accumulated,
      copy: copied,
      shareOfReading: copied.median / 2 / accumulated.median,
      distances: measured,
      gigaflops: (3 * pairs * features) / measured.median / 1e3,
    };
  } finally {
    for (const array of Object.values(arrays)) array.dispose();
    stream.dispose();
  }
}
