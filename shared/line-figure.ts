import type { EChartsCoreOption, SeriesOption } from 'echarts';
import type { Estimate } from './statistics.js';
import { COLORS, renderSvg } from './svg.js';

/** Lines with 95% intervals, each point at its place on the x axis. */
export interface Panel {
  title: string;
  xTitle: string;
  x: readonly string[];
  lines: readonly { name: string; points: readonly (Estimate | undefined)[]; scale: number }[];
}

export interface LineFigure {
  title: string;
  subtitle?: string;
  panels: readonly Panel[];
}

const SIZE = { width: 400, height: 260, gap: 70, left: 60, top: 130, bottom: 50 };

/** Panels side by side as the text of an SVG file. Lines of the same name have the same colour. */
export function lineFigure({ title, subtitle, panels }: LineFigure): string {
  const names = [...new Set(panels.flatMap(({ lines }) => lines.map(({ name }) => name)))];
  const left = (panel: number) => SIZE.left + panel * (SIZE.width + SIZE.gap);
  const option: EChartsCoreOption = {
    title: [
      { text: title, subtext: subtitle, left: 'center', top: 8 },
      ...panels.map((panel, i) => ({
        text: panel.title,
        left: left(i),
        top: SIZE.top - 34,
        textStyle: { fontSize: 13 },
      })),
    ],
    legend: { top: 66, itemGap: 24, data: names },
    grid: panels.map((_, i) => ({ left: left(i), top: SIZE.top, width: SIZE.width, height: SIZE.height })),
    xAxis: panels.map(({ x, xTitle }, gridIndex) => ({
      gridIndex,
      type: 'category',
      data: x,
      name: xTitle,
      nameLocation: 'middle',
      nameGap: 26,
      boundaryGap: false,
    })),
    yAxis: panels.map((_, gridIndex) => ({ gridIndex, type: 'value', scale: true })),
    series: panels.flatMap((panel, i) =>
      panel.lines.flatMap((line) => seriesOf(line, i, COLORS[names.indexOf(line.name)])),
    ),
  };
  return renderSvg(option, { width: left(panels.length), height: SIZE.top + SIZE.height + SIZE.bottom });
}

/** A line and its band, which echarts draws by stacking the band's height on its invisible lower edge. */
function seriesOf({ name, points, scale }: Panel['lines'][number], panel: number, color: string): SeriesOption[] {
  const of = (value: (estimate: Estimate) => number) =>
    points.map((point) => (point ? value(point) * scale : Number.NaN));
  const shared = { type: 'line' as const, xAxisIndex: panel, yAxisIndex: panel, showSymbol: false };
  const band = {
    ...shared,
    name: `${name} interval`,
    stack: `${panel} ${name}`,
    stackStrategy: 'all' as const,
    lineStyle: { opacity: 0 },
  };
  return [
    { ...shared, name, color, lineStyle: { width: 2 }, data: of(({ mean }) => mean) },
    { ...band, data: of(({ mean, halfWidth }) => mean - halfWidth) },
    { ...band, areaStyle: { color, opacity: 0.15 }, data: of(({ halfWidth }) => 2 * halfWidth) },
  ];
}
