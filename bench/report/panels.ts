import type { EChartsCoreOption } from 'echarts';
import { renderSvg } from '../../shared/svg.js';

/** Whether a row is this package's, another one's, or a limit of both. */
export type Role = 'own' | 'other' | 'limit';

/** Distinguishable with colour blindness and in grey; the lines have their names beside them anyway. */
export const ROLE_COLORS: Readonly<Record<Role, string>> = { own: '#0072b2', other: '#d55e00', limit: '#555555' };

export interface PanelRow {
  name: string;
  role: Role;
  /** A mark for each: the first filled, the second hollow. */
  values: readonly (number | undefined)[];
}

export interface Panel {
  title: string;
  rows: readonly PanelRow[];
}

/** Panels with one scale. */
export interface PanelAxis {
  name: string;
  logarithmic?: boolean;
  /** Formats the numbers at the right. */
  format(value: number): string;
}

const WIDTH = 365;
const ROW = 19;
const TOP = 30;
const BOTTOM = 42;
const FONT = 11;
/** The width of a character of names and numbers, at most. */
const CHARACTER = 6;

const known = (rows: readonly PanelRow[]) =>
  rows.flatMap(({ values }) => values.filter((value): value is number => value !== undefined));

/** Small charts as HTML, a line per row with its name at the left and its numbers at the right. Empty if there are no rows. */
export function panelsOf(panels: readonly Panel[], axis: PanelAxis): string {
  const rows = panels.flatMap((panel) => panel.rows);
  if (rows.length === 0) return '';
  const extent = extentOf(known(rows), axis);
  const longest = (texts: readonly string[]) => Math.max(0, ...texts.map((text) => text.length)) * CHARACTER + 18;
  const left = longest(rows.map(({ name }) => name));
  const right = longest(rows.map((row) => numbersOf(row, axis)));
  const charts = panels
    .filter((panel) => panel.rows.length > 0)
    .map((panel) => renderPanel(panel, axis, { extent, left, right }));
  return `<div class="panels">\n${charts.join('\n')}\n</div>`;
}

const numbersOf = ({ values }: PanelRow, { format }: PanelAxis) =>
  values.flatMap((value) => (value === undefined ? [] : [format(value)])).join(' / ');

/** The range that all panels show, and their ticks: on a logarithmic axis every decade, or every other one if there are many. */
function extentOf(values: readonly number[], { logarithmic = false }: PanelAxis): Extent {
  const largest = Math.max(...values);
  if (!logarithmic) {
    const interval = 10 ** Math.floor(Math.log10(largest)) / 2;
    const max = Math.ceil((1.02 * largest) / interval) * interval;
    return { min: 0, max, interval: max / interval > 4 ? 2 * interval : interval };
  }
  const first = Math.floor(Math.log10(Math.min(...values)));
  const decades = Math.ceil(Math.log10(largest)) - first;
  const interval = decades > 5 ? 2 : 1;
  return { min: 10 ** first, max: 10 ** (first + Math.ceil(decades / interval) * interval), interval };
}

interface Extent {
  min: number;
  max: number;
  /** In decades on a logarithmic axis. */
  interval: number;
}

interface Frame {
  extent: Extent;
  left: number;
  right: number;
}

function renderPanel({ title, rows }: Panel, axis: PanelAxis, { extent, left, right }: Frame): string {
  const height = TOP + ROW * rows.length + BOTTOM;
  const colorOf = (row: number) => ROLE_COLORS[rows[row].role];
  const lines = {
    type: 'category' as const,
    inverse: true,
    axisTick: { show: false },
    axisLine: { show: false },
  };
  const label = (row: number) => ({ value: rows[row].name, textStyle: { color: colorOf(row) } });
  const option: EChartsCoreOption = {
    title: { text: title, left: 8, top: 6, textStyle: { fontSize: 13 } },
    grid: { left, right, top: TOP, height: ROW * rows.length },
    xAxis: {
      type: axis.logarithmic ? 'log' : 'value',
      ...extent,
      startValue: extent.min,
      name: axis.name,
      nameLocation: 'middle',
      nameGap: 24,
      nameTextStyle: { fontSize: FONT },
      axisLabel: { fontSize: FONT, formatter: tick, hideOverlap: true },
      splitLine: { lineStyle: { color: '#e4e4e4' } },
    },
    yAxis: [
      { ...lines, data: rows.map((_, row) => label(row)), axisLabel: { fontSize: FONT, interval: 0 } },
      {
        ...lines,
        position: 'right',
        data: rows.map((row) => numbersOf(row, axis)),
        axisLabel: { fontSize: FONT, interval: 0, color: '#222', margin: 12 },
      },
    ],
    series: [
      {
        type: 'bar',
        barWidth: 1,
        data: rows.map(({ values }, row) => ({
          value: Math.max(...values.map((value) => value ?? extent.min)),
          itemStyle: { color: colorOf(row), opacity: 0.6 },
        })),
      },
      ...[0, 1].map((mark) => ({
        type: 'scatter',
        symbolSize: mark === 0 ? 8 : 10,
        z: 3 - mark,
        data: rows.map(({ values }, row) => ({
          value: [values[mark] ?? '-', row],
          itemStyle:
            mark === 0 ? { color: colorOf(row) } : { color: '#fff', borderColor: colorOf(row), borderWidth: 1.5 },
        })),
      })),
    ],
  };
  return renderSvg(option, { width: WIDTH, height });
}

/** 10000 as 10k. */
const tick = (value: number) => (value >= 1000 ? `${value / 1000}k` : `${value}`);
