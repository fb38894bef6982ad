import Table from 'cli-table3';
import type { Estimate } from '../../shared/statistics.js';
import { LAMBDA, type TaskResult } from './experiment.js';
import { METRICS, type Metric } from './metrics.js';
import { CHECKPOINTS, CONTENDERS, PAIRS, type Pair, Summary, VERDICTS } from './summary.js';

const TITLES = METRICS.map(({ title }) => title);

const LEGEND = `CE: cross-entropy. EMD: squared EMD between classes on a line. ${LAMBDA}: its weight, fixed beforehand.
Wrong order: the control, in which the distance has the classes in random order.
Median: the class at the median of the predicted distribution, instead of the most probable class.
Absolute error: the mean, in classes. RPS: ranked probability score. Of both, less is better.
± 95% t interval over seeds, for one number by itself; the seeds split the same houses anew. * excludes 0.
The classes are bands of a continuous price.`;

/** The scores, the paired differences, and a sentence about what the differences show. */
export function report(results: readonly TaskResult[]): string {
  const { task, trainRows, testRows } = results[0];
  const summaries = CHECKPOINTS.map((checkpoint) => ({ ...checkpoint, summary: new Summary(results, checkpoint) }));
  const groups = (rows: (summary: Summary) => string[][]) =>
    summaries.flatMap(({ title, summary }) => [[`-- ${title}`, ...TITLES.map(() => '')], ...rows(summary)]);
  return [
    `${trainRows} training rows, ${testRows} test rows, ${task.epochs} epochs, ${results.length} seeds`,
    table('test scores', groups(scoreRows)),
    table('paired differences', groups(differenceRows)),
    LEGEND,
    ...summaries.map(({ title, summary }) =>
      [`In words, ${title}:`, ...PAIRS.map((pair) => finding(summary, pair))].join('\n'),
    ),
  ].join('\n');
}

function table(title: string, rows: string[][]): string {
  const result = new Table({
    head: [title, ...TITLES],
    style: { head: [], border: [] }, // no colours: the output may go to a file
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' }, // no lines between rows
  });
  result.push(...rows);
  return result.toString();
}

function scoreRows(summary: Summary): string[][] {
  return CONTENDERS.map((contender) => [
    contender.name,
    ...METRICS.map((metric) => format(summary.score(contender, metric), metric)),
  ]);
}

function differenceRows(summary: Summary): string[][] {
  return PAIRS.map((pair) => [
    `(${pair[0].name}) - (${pair[1].name})`,
    ...METRICS.map((metric) => {
      const difference = summary.difference(pair, metric);
      const sign = difference.mean > 0 ? '+' : '';
      const mark = summary.verdict(pair, metric) === 'undecided' ? '' : ' *';
      return sign + format(difference, metric) + mark;
    }),
  ]);
}

function finding(summary: Summary, pair: Pair): string {
  const parts = VERDICTS.flatMap((verdict) => {
    const metrics = METRICS.filter((metric) => summary.verdict(pair, metric) === verdict);
    return metrics.length > 0
      ? [`${verdict} in ${metrics.map(({ title }) => title.replace(', %', '')).join(', ')}`]
      : [];
  });
  return `  (${pair[0].name}) against (${pair[1].name}): ${parts.join('; ')}.`;
}

function format({ mean, halfWidth }: Estimate, { scale, digits }: Metric): string {
  return `${(mean * scale).toFixed(digits)} ± ${(halfWidth * scale).toFixed(digits)}`;
}
