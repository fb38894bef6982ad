import CliTable from 'cli-table3';

/** A table whose first column is text and whose others are numbers. */
export interface Table {
  head: string[];
  rows: string[][];
}

export function toMarkdown({ head, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '--:'))), ...rows.map(line)].join('\n');
}

/** A table as text for a terminal. */
export function toText({ head, rows }: Table): string {
  const table = new CliTable({
    head,
    colAligns: head.map((_, i) => (i === 0 ? 'left' : 'right')),
    style: { head: [], border: [] }, // no colours: the output may go to a file
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' }, // no lines between rows
  });
  table.push(...rows);
  return table.toString();
}
