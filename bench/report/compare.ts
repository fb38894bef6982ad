import { readFileSync } from 'node:fs';
import type { Table } from '../../shared/table.js';
import { quantile } from '../run/statistics.js';
import type { BenchResult } from './result.js';
import type { CaseSummary, Timed } from './summary.js';
import { digits } from './table.js';

/** A contender is measured relative to one of these, round by round, so that a slower day does not pass for a slower program. */
const YARDSTICKS = ['plain JavaScript', 'JavaScript loops', 'memory copy'];

export function readResult(file: string): BenchResult {
  return JSON.parse(readFileSync(file, 'utf8')) as BenchResult;
}

interface Ratio {
  low: number;
  middle: number;
  high: number;
}

/** The cases that are faster or slower than in an earlier result by more than rounds differ: p20 to p80 do not overlap. */
export function comparison(earlier: BenchResult, later: BenchResult): Table {
  const old = new Map(earlier.groups.flatMap(({ cases }) => cases.map((one) => [one.name, one])));
  const rows = later.groups.flatMap(({ cases }) => cases.flatMap((one) => changes(old.get(one.name), one)));
  return { head: ['changed', 'earlier', 'now', 'times as fast'], rows };
}

function changes(before: CaseSummary | undefined, after: CaseSummary): string[][] {
  if (!before) return [];
  return timed(after).flatMap((one) => {
    if (!one.contender.subject) return [];
    const earlier = timed(before).find(({ contender }) => contender.name === one.contender.name);
    const yardstick = YARDSTICKS.find((name) => find(before, name) && find(after, name));
    if (!earlier || !yardstick) return [];
    const a = ratioOf(find(before, yardstick) as Timed, earlier);
    const b = ratioOf(find(after, yardstick) as Timed, one);
    if (a.high >= b.low && b.high >= a.low) return [];
    const show = ({ middle }: Ratio) => `${digits(middle)} x ${yardstick}`;
    return [[`${after.name}, ${one.contender.name}`, show(a), show(b), digits(b.middle / a.middle)]];
  });
}

function ratioOf({ samples: yardstick }: Timed, { samples }: Timed): Ratio {
  const rounds = Math.min(yardstick.length, samples.length);
  const ratios = Array.from({ length: rounds }, (_, round) => yardstick[round] / samples[round]);
  return { low: quantile(ratios, 0.2), middle: quantile(ratios, 0.5), high: quantile(ratios, 0.8) };
}

const timed = ({ contenders }: CaseSummary): Timed[] => contenders.flatMap((one) => ('error' in one ? [] : [one]));

const find = (one: CaseSummary, name: string): Timed | undefined =>
  timed(one).find(({ contender }) => contender.name === name);
