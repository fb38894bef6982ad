// What the page and its training workers tell each other.
import type { Info } from 'squared-emd';
import type { LossId } from '../losses.js';
import type { EpochResult } from './course.js';

/** Where networks are trained. */
export type Backend = 'gpu' | 'cpu';

export type ToWorker = { kind: 'begin'; seeds: readonly number[]; epochs: number } | { kind: 'run' | 'pause' };

export type FromWorker =
  /** @param gpu What it is called. */
  | { kind: 'ready'; info: Info; gpu: string | undefined }
  /** Why the GPU does not train, or no longer. */
  | { kind: 'refused'; reason: string }
  /** A seed's learned distances before its first epoch. */
  | { kind: 'begun'; seed: number; distances: Float32Array }
  /** An epoch of every loss for a seed. */
  | { kind: 'epoch'; seed: number; results: Record<LossId, EpochResult> };
