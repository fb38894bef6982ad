import { htmlPage } from '../../shared/page.js';
import { toMarkdown } from '../../shared/table.js';
import { latencyChart, marks, mostThreads, rooflineChart, scalingChart, throughputChart } from './charts.js';
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
      marks(result),
      ...chart('Nanoseconds per logit: ordered, squared, loss and gradient', throughputChart(result)),
      ...chart(
        'Share of the memory copy: what has to be read and written at least, against copying as much (one thread)',
        rooflineChart(result),
      ),
      ...chart(`With ${mostThreads(result)} threads: squared-emd by kind of case, then others`, scalingChart(result)),
      ...chart('Small calls', latencyChart(result)),
      '# All numbers',
      ...groups.flatMap(({ title, cases }) => {
        const { head, rows } = tableOf('', cases);
        return [`## ${title}`, toMarkdown({ head: head.map(flat), rows })];
      }),
    ].join('\n\n'),
  );
}

/** A chart under its title; nothing if the run had no cases for it. */
const chart = (title: string, html: string): string[] => (html === '' ? [] : [`## ${title}`, html]);
