// Distances between the classes, near to far.
import { CLASSES } from '../settings.js';
import { type Chart, chartIn } from './chart.js';
import { axisStyle, cssColor, tooltipStyle } from './palette.js';

/** Viridis. */
const NEAR_TO_FAR = ['#440154', '#3b528b', '#21918c', '#5ec962', '#fde725'];
const BANDS = Array.from({ length: CLASSES }, (_, i) => `${i + 1}`);

export class HeatMap {
  private readonly chart: Chart;

  constructor(element: HTMLElement) {
    this.chart = chartIn(element);
  }

  /** @param distances [classes, classes]; undefined for an empty frame. */
  show(distances: Float32Array | undefined): void {
    const axis = {
      ...axisStyle(),
      type: 'category' as const,
      data: BANDS,
      nameLocation: 'middle' as const,
      axisTick: { show: false },
      splitLine: { show: false },
    };
    const label = { ...axis.axisLabel, interval: (i: number) => i === 0 || (i + 1) % 5 === 0 };
    this.chart.draw({
      grid: { left: 48, right: 10, top: 6, bottom: 92 },
      tooltip: {
        ...tooltipStyle(),
        formatter: ({ value: [i, j, distance] }: { value: [number, number, number] }) =>
          `bands ${j + 1} and ${i + 1}: ${distance.toFixed(1)}`,
      },
      xAxis: { ...axis, axisLabel: label, name: 'price band, from cheapest to dearest', nameGap: 26 },
      yAxis: { ...axis, axisLabel: label, inverse: true, name: 'price band', nameGap: 28 },
      visualMap: {
        type: 'continuous',
        min: 0,
        max: CLASSES - 1,
        orient: 'horizontal',
        left: 'center',
        bottom: 0,
        itemWidth: 12,
        itemHeight: 150,
        text: ['far', 'near'],
        textStyle: { color: cssColor('--muted'), fontSize: 12 },
        inRange: { color: NEAR_TO_FAR },
      },
      series: [
        {
          type: 'heatmap',
          data: Array.from(distances ?? [], (distance, at) => [at % CLASSES, Math.floor(at / CLASSES), distance]),
          itemStyle: { borderWidth: 0 },
        },
      ],
    });
  }
}
