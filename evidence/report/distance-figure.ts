import type { EChartsCoreOption } from 'echarts';
import { renderSvg } from '../../shared/svg.js';
import { SHOWN_LAMBDA } from './contenders.js';
import type { Group } from './summary.js';

const SIZE = { panel: 250, gap: 40, left: 80, top: 86, bottom: 70 };
/** Colours from near to far: viridis. */
const NEAR_TO_FAR = ['#440154', '#3b528b', '#21918c', '#5ec962', '#fde725'];

interface HeatMap {
  title: string;
  /** [classes, classes] */
  values: ArrayLike<number>;
}

/** Heat maps of the distances that a loss has learned on a split, beside those of the known order if there is one. */
export function distanceFigure(group: Group, loss: string): string {
  const { problem, trainRows } = group;
  const all = problem.classes;
  const block = Math.ceil(all.length / MOST_CELLS);
  const names = all.filter((_, i) => i % block === 0);
  const known = problem.ordered ? [{ title: '|i - j|', values: lineDistances(all.length) }] : [];
  const maps: HeatMap[] = [
    ...known,
    ...keptDistances(group, loss).map(({ epoch, values }) => ({ title: `learned, after epoch ${epoch}`, values })),
  ];
  const left = (panel: number) => SIZE.left + panel * (SIZE.panel + SIZE.gap);
  const option: EChartsCoreOption = {
    title: [
      {
        text: `${problem.title}, ${trainRows} training samples: distances between the classes`,
        left: 'center',
        top: 8,
      },
      ...maps.map(({ title }, i) => ({
        text: title,
        left: left(i) + SIZE.panel / 2,
        textAlign: 'center',
        top: SIZE.top - 30,
        textStyle: { fontSize: 12 },
      })),
    ],
    grid: maps.map((_, i) => ({ left: left(i), top: SIZE.top, width: SIZE.panel, height: SIZE.panel })),
    xAxis: maps.map((_, gridIndex) => ({
      gridIndex,
      type: 'category',
      data: [...names],
      axisLabel: {
        fontSize: 9,
        rotate: names.some((name) => name.length > 2) ? 60 : 0,
        interval: 0,
      },
    })),
    yAxis: maps.map((_, gridIndex) => ({
      gridIndex,
      type: 'category',
      inverse: true,
      data: [...names],
      axisLabel: { show: gridIndex === 0, fontSize: 9, interval: 0 },
    })),
    visualMap: { show: false, min: 0, max: 1, inRange: { color: NEAR_TO_FAR } }, // maps are scaled to their largest distance
    series: maps.map(({ values }, panel) => ({
      type: 'heatmap',
      xAxisIndex: panel,
      yAxisIndex: panel,
      data: shares(meansOfBlocks(values, all.length, block)).map((value, i) => [
        i % names.length,
        Math.floor(i / names.length),
        value,
      ]),
    })),
  };
  return renderSvg(option, { width: left(maps.length), height: SIZE.top + SIZE.panel + SIZE.bottom });
}

/** With more classes, a cell is a block of neighbouring classes, named after the first. */
const MOST_CELLS = 30;

function meansOfBlocks(values: ArrayLike<number>, classes: number, block: number): number[] {
  const cells = Math.ceil(classes / block);
  const sums = new Float64Array(cells * cells);
  const counts = new Float64Array(cells * cells);
  for (let at = 0; at < values.length; at++) {
    const cell = Math.floor(Math.floor(at / classes) / block) * cells + Math.floor((at % classes) / block);
    sums[cell] += values[at];
    counts[cell]++;
  }
  return Array.from(sums, (sum, cell) => sum / counts[cell]);
}

const lineDistances = (classes: number) =>
  Float32Array.from({ length: classes ** 2 }, (_, at) => Math.abs(Math.floor(at / classes) - (at % classes)));

function shares(values: ArrayLike<number>): number[] {
  const all = Array.from(values);
  const largest = all.reduce((a, b) => Math.max(a, b));
  return all.map((value) => value / largest);
}

/** The nearest pairs of classes in the last learned distances, as text. */
export function nearestPairs(group: Group, loss: string, count: number): string {
  const { problem } = group;
  const size = problem.classes.length;
  const kept = keptDistances(group, loss);
  const last = kept[kept.length - 1].values;
  const pairs = Array.from({ length: size ** 2 }, (_, i) => [Math.floor(i / size), i % size]).filter(([i, j]) => i < j);
  return pairs
    .sort(([i, j], [k, l]) => last[i * size + j] - last[k * size + l])
    .slice(0, count)
    .map(([i, j]) => `${problem.classes[i]} and ${problem.classes[j]}`)
    .join(', ');
}

function keptDistances({ problem, results }: Group, loss: string): { epoch: number; values: number[] }[] {
  const kept = results
    .flatMap(({ runs }) => runs)
    .find((run) => run.loss === loss && run.lambda === SHOWN_LAMBDA && run.distances)?.distances;
  if (!kept) throw new Error(`${problem.id}: no distances of ${loss} were kept`);
  return kept;
}
