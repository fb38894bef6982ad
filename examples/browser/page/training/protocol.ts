// What the page and its training workers tell each other.
import type { Info } from 'squared-emd';
import type { Samples } from '../../../../shared/data.js';
import type { LossId } from '../losses.js';
import type { EpochResult } from './course.js';

export type ToWorker = { kind: 'begin'; samples: Samples; seed: number; epochs: number } | { kind: 'run' | 'pause' };

export type FromWorker =
  /** With the distances before the first epoch. */
  | { kind: 'ready'; info: Info; distances: Float32Array }
  /** An epoch of every loss. */
  | { kind: 'epoch'; results: Record<LossId, EpochResult> };
