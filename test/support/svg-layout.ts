// Where the texts of a chart are, so that a test can find overlaps.

export interface Box {
  text: string;
  left: number;
  right: number;
  top: number;
  bottom: number;
}

export interface Layout {
  width: number;
  height: number;
  texts: Box[];
}

/** The layouts of charts that echarts wrote as SVG. All characters count as wide as the average, 0.52 of their height. */
export function layoutsOf(html: string): Layout[] {
  return Array.from(html.matchAll(/<svg width="(\d+)" height="(\d+)"[\s\S]*?<\/svg>/g), ([svg, width, height]) => ({
    width: Number(width),
    height: Number(height),
    texts: Array.from(svg.matchAll(/<text ([^>]*)>([^<]*)/g), ([, attributes, text]) => boxOf(attributes, text)),
  }));
}

function boxOf(attributes: string, text: string): Box {
  const number = (pattern: RegExp) => Number(pattern.exec(attributes)?.[1] ?? 0);
  const size = number(/font-size:(\d+)/);
  const width = text.length * size * 0.52;
  const x = number(/translate\((-?[\d.]+)/) + number(/ x="(-?[\d.]+)"/);
  const y = number(/translate\(-?[\d.]+ (-?[\d.]+)/) + number(/ y="(-?[\d.]+)"/);
  const anchor = /text-anchor="(\w+)"/.exec(attributes)?.[1];
  const left = anchor === 'end' ? x - width : anchor === 'middle' ? x - width / 2 : x;
  return { text, left, right: left + width, top: y - size / 2, bottom: y + size / 2 };
}

/** Texts that overlap each other, or an edge. */
export function collisions({ width, height, texts }: Layout): string[] {
  const beyond = texts.filter(
    ({ left, right, top, bottom }) => left < 0 || right > width || top < 0 || bottom > height,
  );
  const over = texts.flatMap((a, i) =>
    texts
      .slice(i + 1)
      .filter((b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
      .map((b) => `${a.text} over ${b.text}`),
  );
  return [...beyond.map(({ text }) => `${text} beyond the edge`), ...over];
}
