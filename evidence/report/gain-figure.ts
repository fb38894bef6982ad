import { estimate } from '../../shared/statistics.js';
import { ACCURACY, type Metric, RPS } from './metrics.js';
import type { Contender, Group } from './summary.js';

/** The size whose gains are shown. */
const SHOWN_ROWS = 1000;
const MIX: Contender = { loss: 'mix', decoding: 'median' };
const CE: Contender = { loss: 'ce', decoding: 'median' };

const WIDTH = 520;
const ROW = 30;
const TOP = 108;

interface Panel {
  title: string;
  left: number;
  right: number;
  /** The numbers at the ends of its axis. */
  from: number;
  to: number;
  step: number;
  value(group: Group): { mean: number; halfWidth: number };
}

const PANELS: readonly Panel[] = [
  {
    title: 'accuracy, points',
    left: 188,
    right: 328,
    from: -1,
    to: 4,
    step: 1,
    value: (group) => gain(group, ACCURACY, 100),
  },
  {
    title: 'RPS, % lower',
    left: 358,
    right: 498,
    from: -5,
    to: 15,
    step: 5,
    value: (group) => gain(group, RPS, relative(group)),
  },
];

/** What makes a difference of the RPS a share of the one of cross-entropy, in percent, and less of it a gain. */
const relative = (group: Group): number => -100 / (group.score(CE, RPS, 'best')?.mean ?? Number.NaN);

function gain(group: Group, metric: Metric, scale: number) {
  const { mean, halfWidth } = group.difference([MIX, CE], metric, 'best') ?? estimate([]);
  return { mean: mean * scale, halfWidth: Math.abs(halfWidth * scale) };
}

const STYLE = `
  text { font: 14px system-ui, sans-serif; fill: #1f2328 }
  .title { font-weight: 600; font-size: 15px }
  .small { font-size: 12px; fill: #59636e }
  .card { fill: #ffffff; stroke: #d1d9e0 }
  .grid { stroke: #e3e8ed }
  .zero { stroke: #59636e }
  .gain { stroke: #0969da; fill: #0969da; stroke-width: 3 }
  .open { stroke: #818b98; fill: #818b98; stroke-width: 3 }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc }
    .small { fill: #9198a1 }
    .card { fill: #0d1117; stroke: #3d444d }
    .grid { stroke: #262c36 }
    .zero { stroke: #9198a1 }
    .gain { stroke: #4493f8; fill: #4493f8 }
    .open { stroke: #656c76; fill: #656c76 }
  }`;

/**
 * What squared EMD adds to cross-entropy, as the text of an SVG file for pages in light and dark: by problem with ordered classes the
 * difference with its 95% interval, grey where that contains 0.
 */
export function gainFigure(groups: readonly Group[]): string {
  const shown = groups.filter(({ problem, results: [{ task }] }) => problem.ordered && task.trainRows === SHOWN_ROWS);
  const bottom = TOP + ROW * shown.length;
  const height = bottom + 34;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    '<title>What squared EMD adds to cross-entropy</title>',
    `<style>${STYLE}\n</style>`,
    `<rect class="card" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="6"/>`,
    text(12, 26, 'What squared EMD adds to cross-entropy', 'title'),
    text(12, 45, `${SHOWN_ROWS} training samples, 10 seeds, 95% intervals; right is better,`, 'small'),
    text(12, 61, 'grey is not distinguishable from 0. Both decoded by the median.', 'small'),
    ...shown.map(({ problem }, row) => text(12, middle(row) + 5, problem.title.replace('Ames ', ''))),
    ...PANELS.flatMap((panel) => panelOf(panel, shown, bottom)),
    '</svg>',
  ].join('\n')}\n`;
}

const middle = (row: number): number => TOP + ROW * (row + 0.5);

function text(x: number, y: number, words: string, style?: string, anchor = 'start'): string {
  return `<text x="${round(x)}" y="${round(y)}"${style ? ` class="${style}"` : ''} text-anchor="${anchor}">${words}</text>`;
}

function panelOf(
  { title, left, right, from, to, step, value }: Panel,
  groups: readonly Group[],
  bottom: number,
): string[] {
  const at = (x: number) => left + ((right - left) * (x - from)) / (to - from);
  const ticks = Array.from({ length: (to - from) / step + 1 }, (_, i) => from + i * step);
  return [
    text((left + right) / 2, TOP - 16, title, undefined, 'middle'),
    ...ticks.map((x) => line(at(x), TOP - 6, at(x), bottom, x === 0 ? 'zero' : 'grid')),
    ...ticks.map((x) => text(at(x), bottom + 18, `${x > 0 ? '+' : ''}${x}`.replace('-', '\u2212'), 'small', 'middle')),
    ...groups.flatMap((group, row) => {
      const { mean, halfWidth } = value(group);
      const style = Math.abs(mean) > halfWidth ? 'gain' : 'open';
      return [
        line(at(mean - halfWidth), middle(row), at(mean + halfWidth), middle(row), style),
        `<circle class="${style}" cx="${round(at(mean))}" cy="${middle(row)}" r="4"/>`,
      ];
    }),
  ];
}

function line(x1: number, y1: number, x2: number, y2: number, style: string): string {
  return `<line class="${style}" x1="${round(x1)}" y1="${y1}" x2="${round(x2)}" y2="${y2}"/>`;
}

const round = (x: number): string => `${Number(x.toFixed(1))}`;
