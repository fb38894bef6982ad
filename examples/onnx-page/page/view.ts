// What the page shows: the learning curves of both heads, and a table of their last scores.
import { type Chart, chartIn } from '../../browser/page/charts/chart.js';
import { axisStyle, cssColor, tooltipStyle } from '../../browser/page/charts/palette.js';
import { byId, make } from '../../browser/page/views/element.js';

export interface Course {
  scores: { withinOne: number; distance: number; rps: number };
}

/** What the heads are trained with, and the colour of each in the style sheet. */
export const HEADS = [
  { id: 'ce', name: 'cross entropy', emdWeight: 0, color: '--cross-entropy' },
  { id: 'emd', name: 'cross entropy + 10 EMD', emdWeight: 10, color: '--emd' },
] as const;

/** The ends of the axis: the first epochs, which are alike, lie beyond. */
const RANGE = [1.2, 2.8];

export class View {
  private readonly courses: Course[][] = HEADS.map(() => []);
  private readonly chart: Chart = chartIn(byId('rps'));

  constructor(private readonly epochs: number) {
    document.body.dataset.state = 'loading';
    this.show();
  }

  add(head: number, course: Course): void {
    this.courses[head].push(course);
    document.body.dataset.state = 'running';
    this.show();
  }

  end(): void {
    document.body.dataset.state = 'done';
    this.show();
  }

  show(): void {
    const done = Math.min(...this.courses.map(({ length }) => length));
    byId<HTMLProgressElement>('progress').value = done / this.epochs;
    byId('status').textContent = done === 0 ? 'the backbone computes features …' : `epoch ${done} of ${this.epochs}`;
    const rows = HEADS.map(({ id, name, color }, i) => {
      const last = this.courses[i].at(-1)?.scores;
      const cells = [last?.withinOne.toFixed(1), last?.distance.toFixed(2), last?.rps.toFixed(2)];
      return make(
        'tr',
        { 'data-loss': id },
        make('th', { scope: 'row' }, make('span', { class: 'swatch', style: `background: var(${color})` }), name),
        ...cells.map((text) => make('td', {}, text ?? '–')),
      );
    });
    byId('scores').replaceChildren(...rows);
    this.draw();
  }

  /** How far down the label at the end of a line has to go, in pixels, so that it does not lie over the other. */
  private shiftOf(head: number): number {
    const [own, other] = [head, 1 - head].map((i) => this.courses[i].at(-1)?.scores.rps ?? 0);
    const apart = Math.abs(own - other) / (RANGE[1] - RANGE[0]);
    return apart > 0.1 ? 0 : own > other || (own === other && head === 0) ? -8 : 8;
  }

  private draw(): void {
    const muted = axisStyle();
    this.chart.draw({
      grid: { left: 50, right: 48, top: 14, bottom: 44 },
      tooltip: { ...tooltipStyle(), trigger: 'axis', valueFormatter: (value: unknown) => Number(value).toFixed(2) },
      xAxis: {
        ...muted,
        type: 'value',
        min: 0,
        max: this.epochs,
        name: 'epoch',
        nameLocation: 'middle',
        nameGap: 26,
        splitLine: { show: false },
      },
      yAxis: {
        ...muted,
        type: 'value',
        min: RANGE[0],
        max: RANGE[1],
        interval: 0.4,
        name: 'RPS',
        nameLocation: 'middle',
        nameGap: 34,
      },
      series: HEADS.map(({ name, color }, i) => ({
        type: 'line',
        name,
        color: cssColor(color),
        showSymbol: false,
        clip: true,
        lineStyle: { width: 2.5 },
        data: this.courses[i].map(({ scores }, epoch) => [epoch + 1, scores.rps]),
        endLabel: {
          show: true,
          color: cssColor(color),
          fontWeight: 600,
          distance: 4,
          offset: [0, this.shiftOf(i)],
          formatter: ({ value }: { value: [number, number] }) => value[1].toFixed(2),
        },
      })),
    });
  }
}
