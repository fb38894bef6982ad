// What centroids are shown in an epoch: features of rows, around a place of their class.
import type { Random } from '../../../shared/oracle/random.js';

export interface Shape {
  classes: number;
  features: number;
  normalize?: 'l1' | 'l2' | 'none';
  momentum?: number;
}

export interface Epoch {
  features: Float32Array;
  labels: Int32Array;
}

export function epochOf(random: Random, { classes, features }: Shape, rows: number, leftOut: number[] = []): Epoch {
  const labels = Int32Array.from({ length: rows }, () => random.index(classes));
  const kept = labels.filter((label) => !leftOut.includes(label));
  // Classes differ, and by more than rounding does.
  const values = random.floats(kept.length * features, (i) => {
    const label = kept[Math.floor(i / features)];
    return Math.max(0, random.normal() + 2 * Math.sin(label * ((i % features) + 1) + label));
  });
  return { features: values, labels: kept };
}
