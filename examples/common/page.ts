import MarkdownIt from 'markdown-it';

/** An HTML file with everything in it. The text is Markdown, in which HTML, that of charts for instance, may stand. */
export function htmlPage(title: string, markdown: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${title}</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1400px; margin: 2em auto; padding: 0 1em; color: #222; }
table { border-collapse: collapse; margin: 1em 0; font-variant-numeric: tabular-nums; }
th, td { padding: 2px 10px; border-bottom: 1px solid #ddd; }
svg { max-width: 100%; height: auto; display: block; margin: 1em 0; }
summary { cursor: pointer; }
</style>
${new MarkdownIt({ html: true }).render(markdown)}
</html>
`;
}
