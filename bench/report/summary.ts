import { bytesOf, type Case, elementsOf, nameOf } from '../cases/case.js';
import type { Contender } from '../peers/peer.js';
import type { Outcome } from '../run/run-case.js';
import { median, quantile, ratio } from '../run/statistics.js';

/** The limit is a peer that reads and writes as many bytes. */
const COPY = 'memory copy';

/** What a report says about a case. */
export interface CaseSummary {
  name: string;
  work: Case;
  contenders: ContenderSummary[];
}

export type ContenderSummary = Timed | { contender: Contender; error: string };

export interface Timed {
  contender: Contender;
  /** Nanoseconds per call. */
  median: number;
  p20: number;
  p80: number;
  nanosecondsPerElement: number;
  /** Read and written. */
  gigabytesPerSecond: number;
  /** The bytes per second as a share of those of the memory copy in the same rounds. */
  copyShare?: number;
  /** How many times faster the subjects of the case are than this contender, by their names. */
  fasterBy: Record<string, number>;
  /** Nanoseconds per call in each round. */
  samples: number[];
}

export function summarize(work: Case, outcomes: readonly Outcome[]): CaseSummary {
  const subjects = outcomes.flatMap((outcome) =>
    outcome.contender.subject && 'samples' in outcome ? [[outcome.contender.name, outcome.samples] as const] : [],
  );
  const copy = outcomes.find((outcome) => outcome.contender.peer === COPY && 'samples' in outcome);
  const copySamples = copy && 'samples' in copy ? copy.samples : undefined;
  const contenders = outcomes.map((outcome): ContenderSummary => {
    if ('error' in outcome) return outcome;
    const { contender, samples } = outcome;
    const middle = median(samples);
    return {
      contender,
      median: middle,
      p20: quantile(samples, 0.2),
      p80: quantile(samples, 0.8),
      nanosecondsPerElement: middle / elementsOf(work),
      gigabytesPerSecond: bytesOf(work) / middle,
      ...(copySamples && { copyShare: ratio(copySamples, samples) }),
      fasterBy: Object.fromEntries(subjects.map(([name, fast]) => [name, ratio(samples, fast)])),
      samples,
    };
  });
  return { name: nameOf(work), work, contenders };
}
