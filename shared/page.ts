import MarkdownIt from 'markdown-it';

/**
 * A self-contained HTML file. The text is Markdown, which may contain HTML, for example that of charts. Anything wider than the
 * screen scrolls by itself, as it could not be read if it were made smaller.
 */
export function htmlPage(title: string, markdown: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1400px; margin: 2em auto; padding: 0 1em; color: #222; }
table { border-collapse: collapse; margin: 1em 0; font-variant-numeric: tabular-nums; display: block; overflow-x: auto; }
th, td { padding: 2px 10px; border-bottom: 1px solid #ddd; }
td:not(:first-child) { white-space: nowrap; }
.figure { overflow-x: auto; margin: 1em 0; }
.panels { columns: 365px; column-gap: 24px; }
.panels .figure { break-inside: avoid; margin: 0; }
summary { cursor: pointer; }
</style>
${new MarkdownIt({ html: true }).render(markdown).replace(/<svg[\s\S]*?<\/svg>/g, '<div class="figure">$&</div>')}
</html>
`;
}
