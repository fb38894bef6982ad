import { htmlPage } from '../../examples/common/page.js';
import { toMarkdown } from '../../examples/common/table.js';
import { latencyChart, rooflineChart, scalingChart, throughputChart } from './charts.js';
import { describe } from './environment.js';
import type { BenchResult } from './result.js';
import { LEGEND, tableOf } from './table.js';

/** A result as one HTML file. */
export function page(result: BenchResult): string {
  const { environment, loadAfter, groups } = result;
  const flat = (text: string) => text.replaceAll('\n', ' ');
  return htmlPage(
    'squared-emd: throughput',
    [
      '# Throughput',
      `${environment.date.slice(0, 10)}. ${describe(environment)}, ${loadAfter.toFixed(1)} afterwards (the run itself included). Instruction sets: ${environment.isas.join(', ')}.`,
      LEGEND.replaceAll('\n', ' '),
      throughputChart(result),
      rooflineChart(result),
      scalingChart(result),
      latencyChart(result),
      ...groups.flatMap(({ title, cases }) => {
        const { head, rows } = tableOf('', cases);
        return [`## ${title}`, toMarkdown({ head: head.map(flat), rows })];
      }),
    ].join('\n\n'),
  );
}
