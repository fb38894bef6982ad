import type { CustomSeriesOption, EChartsCoreOption } from 'echarts';
import { COLORS, renderSvg } from '../../shared/svg.js';
import { contendersOf, REFERENCE, titleOf } from './contenders.js';
import { type Metric, metricsOf } from './metrics.js';
import type { Contender, Group } from './summary.js';

const ROW = 34;
const PANEL = { width: 180, gap: 34, left: 270, top: 96, bottom: 40 };

/**
 * Differences from cross entropy with their 95% intervals: a panel per metric, a row per loss, a colour per number of samples.
 */
export function intervalFigure(groups: readonly Group[]): string {
  const { problem } = groups[0];
  const metrics = metricsOf(problem);
  const contenders = contendersOf(problem).slice(1);
  const height = PANEL.top + ROW * contenders.length + PANEL.bottom;
  const width = PANEL.left + metrics.length * (PANEL.width + PANEL.gap);
  const left = (panel: number) => PANEL.left + panel * (PANEL.width + PANEL.gap);
  const titles = contenders.map((contender) => titleOf(contender, problem));
  const option: EChartsCoreOption = {
    title: [
      {
        text: `${problem.title}: difference to cross entropy`,
        left: 'center',
        top: 8,
      },
      ...metrics.map(({ title, higherIsBetter }, panel) => ({
        text: `${title} (${higherIsBetter ? 'more' : 'less'} is better)`,
        left: left(panel) + PANEL.width / 2,
        textAlign: 'center',
        top: PANEL.top - 24,
        textStyle: { fontSize: 12 },
      })),
    ],
    legend: { top: 40, itemGap: 40, data: groups.map(nameOf) },
    color: COLORS.slice(1),
    grid: metrics.map((_, panel) => ({
      left: left(panel),
      top: PANEL.top,
      width: PANEL.width,
      height: ROW * contenders.length,
    })),
    xAxis: metrics.map((_, gridIndex) => ({
      gridIndex,
      type: 'value',
      splitNumber: 3,
      axisLine: { show: false },
      axisLabel: { fontSize: 10 },
    })),
    yAxis: metrics.map((_, gridIndex) => ({
      gridIndex,
      type: 'category',
      inverse: true,
      data: titles,
      axisTick: { show: false },
      axisLabel: { show: gridIndex === 0, fontSize: 11 },
      axisLine: { onZero: true, lineStyle: { color: '#999' } },
      splitLine: { show: true, lineStyle: { color: '#eee' } },
    })),
    series: metrics.flatMap((metric, panel) =>
      groups.map((group, i) => intervals(group, contenders, metric, panel, (i + 1) / (groups.length + 1) - 0.5)),
    ),
  };
  return renderSvg(option, { width, height });
}

const nameOf = (group: Group): string => `${group.trainRows} training samples`;

/** @param shift The vertical offset of intervals from the middles of their rows. */
function intervals(
  group: Group,
  contenders: readonly Contender[],
  metric: Metric,
  panel: number,
  shift: number,
): CustomSeriesOption {
  const data = contenders.flatMap((contender, row) => {
    const difference = group.difference([contender, REFERENCE], metric, 'best');
    if (!difference) return [];
    const { mean, halfWidth } = difference;
    return [
      [mean - halfWidth, row, mean, mean + halfWidth].map((value, i) => (i === 1 ? value : value * metric.scale)),
    ];
  });
  return {
    type: 'custom',
    name: nameOf(group),
    xAxisIndex: panel,
    yAxisIndex: panel,
    encode: { x: [0, 2, 3], y: 1 },
    data,
    renderItem: (_, api) => {
      const [low, row, mean, high] = [0, 1, 2, 3].map((dimension) => Number(api.value(dimension)));
      const [x1, middle] = api.coord([low, row]);
      const [x2] = api.coord([high, row]);
      const [x] = api.coord([mean, row]);
      const y = middle + shift * ROW;
      const color = api.visual('color') as string;
      return {
        type: 'group',
        children: [
          { type: 'line', shape: { x1, y1: y, x2, y2: y }, style: { stroke: color, lineWidth: 2 } },
          { type: 'circle', shape: { cx: x, cy: y, r: 3 }, style: { fill: color } },
        ],
      };
    },
  };
}
