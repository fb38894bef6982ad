// The parts of echarts that the page has, and a chart that fills its element.
import { HeatmapChart, LineChart } from 'echarts/charts';
import { GridComponent, TooltipComponent, VisualMapComponent } from 'echarts/components';
import * as echarts from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

echarts.use([LineChart, HeatmapChart, GridComponent, TooltipComponent, VisualMapComponent, SVGRenderer]);

export interface Chart {
  /** Options of the same shape follow each other, so that only what differs is made anew. */
  draw(option: echarts.EChartsCoreOption): void;
  /** In pixels. */
  height(): number;
}

export function chartIn(element: HTMLElement): Chart {
  const chart = echarts.init(element, null, { renderer: 'svg' });
  new ResizeObserver(() => chart.resize()).observe(element);
  const { fontFamily } = getComputedStyle(element);
  return {
    draw: (option) => chart.setOption({ animation: false, textStyle: { fontFamily }, ...option }, { lazyUpdate: true }),
    height: () => chart.getHeight(),
  };
}
