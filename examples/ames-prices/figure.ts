import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as echarts from 'echarts';
import { estimate } from '../common/statistics.js';
import { LOSSES, type TaskResult } from './experiment.js';
import { METRICS, type Metric } from './metrics.js';

const COLORS = ['#555555', '#0072b2', '#009e73', '#d55e00']; // told apart with colour-blindness too (Okabe and Ito)
const PANEL = { width: 520, height: 300, gap: 70, top: 130, left: 60 };
const SHOWN = METRICS.filter(({ key }) => key === 'rankedProbability' || key === 'withinOne');

/** Draws the test scores over epochs, mean and 95% interval over seeds, and writes them to `file` as SVG. */
export function writeFigure(results: readonly TaskResult[], file: string): void {
  const width = left(SHOWN.length);
  const height = PANEL.top + PANEL.height + PANEL.gap;
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height });
  chart.setOption({ animation: false, backgroundColor: '#fff', ...panels(results) });
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, chart.renderToSVGString());
  chart.dispose();
}

function left(panel: number): number {
  return PANEL.left + panel * (PANEL.width + PANEL.gap);
}

function panels(results: readonly TaskResult[]): echarts.EChartsCoreOption {
  const { trainRows, curves } = results[0];
  const epochs = curves[0].map((_, i) => i + 1);
  return {
    title: [
      {
        text: `Test scores while training on ${trainRows} Ames house prices in 20 bands`,
        subtext:
          'CE: cross-entropy, EMD: squared EMD, RPS: ranked probability score; means and 95% intervals over seeds',
        left: 'center',
        top: 8,
      },
      ...SHOWN.map(({ title }, panel) => ({
        text: title,
        left: left(panel),
        top: PANEL.top - 34,
        textStyle: { fontSize: 13 },
      })),
    ],
    legend: { top: 66, itemGap: 24, data: LOSSES.map(({ name }) => name) },
    grid: SHOWN.map((_, panel) => ({ left: left(panel), top: PANEL.top, width: PANEL.width, height: PANEL.height })),
    xAxis: SHOWN.map((_, gridIndex) => ({
      gridIndex,
      type: 'category',
      boundaryGap: false,
      data: epochs,
      name: 'epoch',
      nameLocation: 'middle',
      nameGap: 26,
    })),
    yAxis: SHOWN.map((_, gridIndex) => ({ gridIndex, type: 'value', scale: true })),
    series: SHOWN.flatMap((metric, panel) => LOSSES.flatMap((_, loss) => curve(results, loss, metric, panel))),
  };
}

/** A line, and its band: echarts stacks the band's height upon its invisible lower edge. */
function curve(
  results: readonly TaskResult[],
  loss: number,
  { key, scale }: Metric,
  panel: number,
): echarts.SeriesOption[] {
  const { name } = LOSSES[loss];
  const color = COLORS[loss];
  const epochs = results[0].curves[loss].map((_, epoch) =>
    estimate(results.map(({ curves }) => curves[loss][epoch].test.argmax[key] * scale)),
  );
  const shared = { type: 'line' as const, xAxisIndex: panel, yAxisIndex: panel, showSymbol: false };
  const band = {
    ...shared,
    name: `${name} interval`,
    stack: `${panel} ${loss}`,
    stackStrategy: 'all' as const,
    lineStyle: { opacity: 0 },
  };
  return [
    { ...shared, name, color, lineStyle: { width: 2 }, data: epochs.map(({ mean }) => mean) },
    { ...band, data: epochs.map(({ mean, halfWidth }) => mean - halfWidth) },
    { ...band, areaStyle: { color, opacity: 0.15 }, data: epochs.map(({ halfWidth }) => 2 * halfWidth) },
  ];
}
