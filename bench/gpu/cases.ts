// What the GPU bench runs: loss and gradient of ordered classes from logits and class indices, as training does it.
import type { DType } from 'squared-emd';

export interface GpuCase {
  classes: number;
  rows: number;
  dtype: HalfOrFull;
}

export type HalfOrFull = Extract<DType, 'float32' | 'float16' | 'bfloat16'>;

export const CLASSES = [2, 8, 10, 32, 101, 1000, 8192, 32000, 128256];
export const BYTES = [4 << 20, 64 << 20, 1 << 30];
export const DTYPES: readonly HalfOrFull[] = ['float32', 'float16', 'bfloat16'];

/** Sizes at which a call is a launch and little else. */
export const SMALL: readonly GpuCase[] = [
  { classes: 8, rows: 128, dtype: 'float32' },
  { classes: 101, rows: 256, dtype: 'float32' },
  { classes: 1000, rows: 32, dtype: 'float32' },
];

export const elementBytes = (dtype: HalfOrFull) => (dtype === 'float32' ? 4 : 2);

/** Every number of classes and type, with so many rows that the predictions have about that many bytes. */
export function largeCases(
  classes: readonly number[],
  bytes: readonly number[],
  dtypes: readonly HalfOrFull[],
): GpuCase[] {
  return bytes.flatMap((size) =>
    dtypes.flatMap((dtype) =>
      classes.map((count) => ({
        classes: count,
        rows: Math.max(1, Math.floor(size / elementBytes(dtype) / count)),
        dtype,
      })),
    ),
  );
}

export const nameOf = ({ rows, classes, dtype }: GpuCase) => `${rows} x ${classes} ${dtype}`;
