import type { EChartsCoreOption } from 'echarts';
import { COLORS, renderSvg } from '../../examples/common/svg.js';
import { type Case, elementsOf, ORDERED, workOf } from '../cases/case.js';
import type { BenchResult } from './result.js';
import type { CaseSummary, Timed } from './summary.js';

const timed = ({ contenders }: CaseSummary): Timed[] => contenders.flatMap((one) => ('error' in one ? [] : [one]));

const casesOf = ({ groups }: BenchResult): CaseSummary[] => groups.flatMap(({ cases }) => cases);

const isLoss = ({ work }: CaseSummary): boolean => workOf(work as Case) === 'loss';

/** Nanoseconds per element against the number of classes, a line per contender. */
export function throughputChart(result: BenchResult): string {
  const ordered = casesOf(result)
    .filter(({ work }) => work.kind === ORDERED.kind && elementsOf(work) >= 256)
    .sort((a, b) => a.work.classes - b.work.classes || a.work.rows - b.work.rows);
  const names = [
    ...new Set(
      ordered.flatMap((one) => timed(one).flatMap(({ contender }) => (contender.idle ? [] : [contender.name]))),
    ),
  ];
  const option: EChartsCoreOption = {
    title: { text: 'Ordered, squared EMD: nanoseconds per logit, loss and gradient', left: 'center', top: 8 },
    legend: { top: 40, itemGap: 40, data: names },
    grid: { left: 70, right: 30, top: 150, bottom: 60 },
    xAxis: {
      type: 'category',
      name: 'rows x classes',
      nameLocation: 'middle',
      nameGap: 34,
      data: ordered.map(({ work }) => `${work.rows} x ${work.classes}`),
    },
    yAxis: { type: 'log', name: 'ns' },
    color: COLORS,
    series: names.map((name) => ({
      type: 'line',
      name,
      data: ordered.map(
        (one) => timed(one).find(({ contender }) => contender.name === name)?.nanosecondsPerElement ?? '-',
      ),
    })),
  };
  return renderSvg(option, { width: 1000, height: 560 });
}

/** Which share of the memory copy's bytes per second is reached: bars per contender of this package. */
export function rooflineChart(result: BenchResult): string {
  const cases = casesOf(result).filter((one) => isLoss(one) && elementsOf(one.work) > 10_000);
  const names = subjectsOf(cases);
  return barChart(
    'Share of the memory copy, %: what has to be read and written at least, against copying as much (one thread)',
    cases.map(({ name }) => name),
    names.map((name) => ({
      name,
      values: cases.map((one) => percent(timed(one).find(({ contender }) => contender.name === name)?.copyShare)),
    })),
  );
}

const percent = (share: number | undefined): number | '-' => (share === undefined ? '-' : Math.round(100 * share));

/** How many times as fast as with one thread: bars per contender and number of threads. */
export function scalingChart(result: BenchResult): string {
  const cases = casesOf(result).filter(({ work }) => elementsOf(work) >= 100_000);
  const contenders = cases.flatMap((one) => timed(one).map(({ contender }) => contender));
  const peers = [...new Set(contenders.map(({ peer }) => peer))];
  const counts = [...new Set(contenders.map(({ threads = 1 }) => threads))]
    .filter((count) => count > 1)
    .sort((a, b) => a - b);
  const speedUp = (one: CaseSummary, peer: string, threads: number): number | '-' => {
    const of = (count: number) =>
      timed(one).find(
        ({ contender }) => contender.peer === peer && contender.threads === count && contender.subject !== false,
      );
    const [single, many] = [of(1), of(threads)];
    return single && many ? Number((single.median / many.median).toFixed(2)) : '-';
  };
  return barChart(
    'More threads against 1: times as fast',
    cases.map(({ name }) => name),
    peers
      .flatMap((peer) =>
        counts.map((count) => ({
          name: `${peer}, ${count} threads`,
          values: cases.map((one) => speedUp(one, peer, count)),
        })),
      )
      .filter(({ values }) => values.some((value) => value !== '-')),
  );
}

/** Microseconds of small calls. */
export function latencyChart(result: BenchResult): string {
  const cases = casesOf(result).filter((one) => isLoss(one) && elementsOf(one.work) <= 1024);
  const names = [
    ...new Set(cases.flatMap((one) => timed(one).flatMap(({ contender }) => (contender.idle ? [] : [contender.name])))),
  ];
  return barChart(
    'Small calls, microseconds (logarithmic)',
    cases.map(({ name }) => name),
    names.map((name) => ({
      name,
      values: cases.map((one) => {
        const found = timed(one).find(({ contender }) => contender.name === name);
        return found ? Number((found.median / 1e3).toPrecision(3)) : '-';
      }),
    })),
    true,
  );
}

function subjectsOf(cases: readonly CaseSummary[]): string[] {
  const subjects = cases.flatMap((one) => timed(one).filter(({ contender }) => contender.subject));
  return [...new Set(subjects.map(({ contender }) => contender.name))];
}

interface Bars {
  name: string;
  values: (number | '-')[];
}

function barChart(title: string, categories: readonly string[], bars: readonly Bars[], logarithmic = false): string {
  const option: EChartsCoreOption = {
    title: { text: title, left: 'center', top: 8, textStyle: { fontSize: 14 } },
    legend: { top: 36, itemGap: 40, data: bars.map(({ name }) => name) },
    grid: { left: 230, right: 40, top: 130, bottom: 30 },
    xAxis: logarithmic ? { type: 'log', startValue: 0.01 } : { type: 'value' },
    yAxis: { type: 'category', inverse: true, data: [...categories], axisTick: { show: false } },
    color: COLORS,
    series: bars.map(({ name, values }) => ({ type: 'bar', name, data: values })),
  };
  const height = 170 + categories.length * Math.max(24, 9 * bars.length + 8);
  return renderSvg(option, { width: 1000, height });
}
