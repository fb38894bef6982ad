// What the page and its training workers tell each other.
import type { Info } from 'squared-emd';
import type { LossId } from '../losses.js';
import type { EpochResult } from './course.js';

export type ToWorker = { kind: 'begin'; seeds: readonly number[]; epochs: number } | { kind: 'run' | 'pause' };

export type FromWorker =
  | { kind: 'ready'; info: Info }
  /** A seed's learned distances before its first epoch. */
  | { kind: 'begun'; seed: number; distances: Float32Array }
  /** An epoch of every loss for a seed. */
  | { kind: 'epoch'; seed: number; results: Record<LossId, EpochResult> };
