// The times of contenders on a batch as a table.
import type { Table } from '../../shared/table.js';
import { median, quantile, ratio } from '../run/statistics.js';
import type { Batch, Timed } from './protocol.js';

const inWords = (milliseconds: number) =>
  milliseconds < 1 ? `${(1e3 * milliseconds).toPrecision(3)} us` : `${milliseconds.toPrecision(3)} ms`;

export function tableOf({ rows, classes }: Batch, timed: readonly Timed[]): Table {
  const [own] = timed;
  const more = own.counts ? ['dispatches', 'MB bound'] : [];
  return {
    head: [`${rows} x ${classes}`, 'median', 'p20 - p80', 'ns/element', 'of squared-emd', ...more],
    rows: timed.map(({ name, milliseconds, counts, fault }) => {
      if (fault) return [name, fault, '', '', '', ...more.map(() => '')];
      return [
        name,
        inWords(median(milliseconds)),
        `${inWords(quantile(milliseconds, 0.2))} - ${inWords(quantile(milliseconds, 0.8))}`,
        ((1e6 * median(milliseconds)) / (rows * classes)).toPrecision(3),
        `${ratio(milliseconds, own.milliseconds).toPrecision(3)} x`,
        ...(counts ? [`${counts.dispatches}`, (counts.bytes / 1e6).toPrecision(3)] : []),
      ];
    }),
  };
}
