// A metric's learning curves: of each loss the mean over seeds, and thin lines for each of them.
import type { Metrics } from '../../../ames-prices/metrics.js';
import { LOSSES } from '../losses.js';
import type { Training } from '../training/training.js';
import { type Chart, chartIn } from './chart.js';
import { axisStyle, cssColor, tooltipStyle } from './palette.js';

export interface CurveMetric {
  key: keyof Metrics;
  /** At the axis, with its unit. */
  title: string;
  scale: number;
  digits: number;
  /** The ends of the axis: the first epochs, which are alike for all losses, may lie beyond. */
  range: [number, number];
  /** From tick to tick. */
  interval: number;
}

const GRID = { left: 50, right: 48, top: 14, bottom: 44 };
/** So far apart at least, in pixels, are the numbers at the ends of lines. */
const LABEL_HEIGHT = 16;

export class Curves {
  private readonly chart: Chart;

  constructor(
    element: HTMLElement,
    private readonly metric: CurveMetric,
  ) {
    this.chart = chartIn(element);
  }

  show(training: Training): void {
    const { title, digits, range, interval } = this.metric;
    const { epochs } = training.settings;
    const y = axisStyle();
    this.chart.draw({
      grid: GRID,
      tooltip: {
        ...tooltipStyle(),
        trigger: 'axis',
        formatter: (points: { seriesName: string; value: [number, number]; marker: string }[]) => {
          const means = points.filter(({ seriesName }) => seriesName !== '');
          const lines = means.map(
            ({ seriesName, value, marker }) => `${marker}${seriesName}: ${value[1].toFixed(digits)}`,
          );
          return means.length === 0 ? '' : [`epoch ${means[0].value[0]}`, ...lines].join('<br>');
        },
      },
      xAxis: {
        ...axisStyle(),
        type: 'value',
        min: 0,
        max: epochs,
        name: 'epoch',
        nameLocation: 'middle',
        nameGap: 26,
        splitLine: { show: false },
      },
      yAxis: {
        ...y,
        type: 'value',
        min: range[0],
        max: range[1],
        interval,
        name: title,
        nameLocation: 'middle',
        nameGap: 34,
        axisLine: { show: false },
        axisTick: { show: false },
      },
      series: this.series(training),
    });
  }

  private series({ results, epochs }: Training) {
    const { key, scale } = this.metric;
    const all = LOSSES.map(({ id, name, color }) => {
      const bySeed = results.map((ofSeed) => ofSeed.slice(0, epochs).map((epoch) => epoch[id].scores[key] * scale));
      const means = Array.from({ length: epochs }, (_, epoch) => mean(bySeed.map((values) => values[epoch])));
      return { name, color: cssColor(color), bySeed, means };
    });
    const shifts = this.shifts(all.map(({ means }) => means[epochs - 1]));
    return all.flatMap(({ name, color, bySeed, means }, i) => [
      ...bySeed.map((values) => ({
        ...LINE,
        color,
        name: '',
        silent: true,
        lineStyle: { width: 1, opacity: 0.3 },
        data: points(values),
      })),
      {
        ...LINE,
        color,
        name,
        z: 3,
        lineStyle: { width: 2.5 },
        data: points(means),
        endLabel: { ...this.endLabel(color), show: this.shows(means[epochs - 1]), offset: [0, shifts[i]] },
      },
    ]);
  }

  private endLabel(color: string) {
    const { digits } = this.metric;
    return {
      color,
      fontWeight: 600,
      distance: 4,
      formatter: ({ value }: { value: [number, number] }) => value[1].toFixed(digits),
    };
  }

  private shows(value: number): boolean {
    const [low, high] = this.metric.range;
    return value >= low && value <= high;
  }

  /** How far down each label has to go so that none lies over another or below the axis: as far as that allows the lines' middle stays. */
  private shifts(values: readonly number[]): number[] {
    const [low, high] = this.metric.range;
    const height = this.chart.height() - GRID.top - GRID.bottom;
    const ys = values.map((value) => (height * (high - value)) / (high - low));
    const order = [...ys.keys()].filter((i) => this.shows(values[i])).sort((i, j) => ys[i] - ys[j]);
    const at = [...ys];
    for (let pass = 0; pass < order.length; pass++) {
      for (let k = 1; k < order.length; k++) {
        const [above, below] = [order[k - 1], order[k]];
        const missing = LABEL_HEIGHT - (at[below] - at[above]);
        if (missing <= 0) continue;
        at[above] -= missing / 2;
        at[below] += missing / 2;
      }
    }
    let lowest = height;
    for (const i of order.reverse()) {
      at[i] = Math.min(at[i], lowest);
      lowest = at[i] - LABEL_HEIGHT;
    }
    return at.map((y, i) => y - ys[i]);
  }
}

const LINE = { type: 'line', showSymbol: false, clip: true };

const points = (values: readonly number[]) => values.map((value, epoch) => [epoch + 1, value]);
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
