import * as echarts from 'echarts';

/** The first seven are distinguishable with colour blindness, too (Okabe and Ito); the others are Tol's. */
export const COLORS = [
  '#555555',
  '#0072b2',
  '#009e73',
  '#d55e00',
  '#cc79a7',
  '#e69f00',
  '#56b4e9',
  '#882255',
  '#999933',
  '#332288',
  '#000000',
  '#ddcc77',
];

/** A chart as the text of an SVG file. */
export function renderSvg(option: echarts.EChartsCoreOption, size: { width: number; height: number }): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, ...size });
  try {
    chart.setOption({ animation: false, backgroundColor: '#fff', ...option });
    // Removes rules for the mouse pointer, whose class names are numbered per process, and blank lines, which end HTML in
    // Markdown.
    return chart
      .renderToSVGString()
      .replace(/<style[\s\S]*?<\/style>| class="zr[^"]*"/g, '')
      .replace(/\n\s*\n/g, '\n');
  } finally {
    chart.dispose();
  }
}
