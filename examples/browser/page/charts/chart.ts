// The parts of echarts that the page has, and a chart that fills its element.
import { HeatmapChart, LineChart } from 'echarts/charts';
import { GridComponent, TooltipComponent, VisualMapComponent } from 'echarts/components';
import * as echarts from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

echarts.use([LineChart, HeatmapChart, GridComponent, TooltipComponent, VisualMapComponent, SVGRenderer]);

export type Draw = (option: echarts.EChartsCoreOption) => void;

/** @returns What draws; each option replaces the last. */
export function chartIn(element: HTMLElement): Draw {
  const chart = echarts.init(element, null, { renderer: 'svg' });
  new ResizeObserver(() => chart.resize()).observe(element);
  const fontFamily = getComputedStyle(element).fontFamily;
  return (option) =>
    chart.setOption({ animation: false, textStyle: { fontFamily }, ...option }, { notMerge: true, lazyUpdate: true });
}
