// What hand-drawn figures share: a card that is legible on light and dark pages, and its parts as SVG text.

const STYLE = `
  text { font: 14px system-ui, sans-serif; fill: #1f2328 }
  .title { font-weight: 600; font-size: 15px }
  .small { font-size: 12px; fill: #59636e }
  .card { fill: #ffffff; stroke: #d1d9e0 }
  .grid { stroke: #e3e8ed }
  .zero { stroke: #59636e }
  .gain { stroke: #0969da; fill: #0969da; stroke-width: 3 }
  .open { stroke: #818b98; fill: #818b98; stroke-width: 3 }
  .ring { fill: #ffffff; stroke-width: 2 }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc }
    .small { fill: #9198a1 }
    .card { fill: #0d1117; stroke: #3d444d }
    .grid { stroke: #262c36 }
    .zero { stroke: #9198a1 }
    .gain { stroke: #4493f8; fill: #4493f8 }
    .open { stroke: #656c76; fill: #656c76 }
    .ring { fill: #0d1117 }
  }`;

/** A figure as the text of an SVG file. */
export function card(
  title: string,
  { width, height }: { width: number; height: number },
  parts: readonly string[],
): string {
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${title}</title>`,
    `<style>${STYLE}\n</style>`,
    `<rect class="card" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="6"/>`,
    ...parts,
    '</svg>',
  ].join('\n')}\n`;
}

export function text(x: number, y: number, words: string, style?: string, anchor = 'start'): string {
  return `<text x="${round(x)}" y="${round(y)}"${style ? ` class="${style}"` : ''} text-anchor="${anchor}">${words}</text>`;
}

export const mark = (kind: 'dot' | 'ring', style: string, x: number, y: number): string =>
  `<circle class="${style}${kind === 'ring' ? ' ring' : ''}" cx="${round(x)}" cy="${round(y)}" r="4"/>`;

export function line(x1: number, y1: number, x2: number, y2: number, style: string): string {
  return `<line class="${style}" x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}"/>`;
}

export const round = (x: number): string => `${Number(x.toFixed(1))}`;
