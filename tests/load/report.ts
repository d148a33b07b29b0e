/** A table, its cells already written out. */
export interface Table {
  title: string;
  columns: string[];
  rows: string[][];
  /** What a reader must know to take the numbers for what they are. */
  notes?: string[];
}

/** What issue or plan asks for, and what was measured. */
export interface Bar {
  measure: string;
  bar: string;
  measured: string;
  met: boolean;
}

export interface ScenarioReport {
  scenario: string;
  tables: Table[];
  bars: Bar[];
  seconds: number;
}

export function tableAsMarkdown({ title, columns, rows, notes = [] }: Table): string {
  const widths = columns.map((column, index) => Math.max(column.length, ...rows.map((row) => row[index]?.length ?? 0)));
  const line = (cells: string[]) => `| ${cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  const text = [`### ${title}`, '', line(columns), rule, ...rows.map(line)];
  if (notes.length > 0) text.push('', ...notes.map((note) => `- ${note}`));
  return text.join('\n');
}

export function barsAsTable(reports: readonly ScenarioReport[]): Table {
  return {
    title: 'What it must reach',
    columns: ['measure', 'bar', 'measured', 'met'],
    rows: reports.flatMap(({ bars }) =>
      bars.map(({ measure, bar, measured, met }) => [measure, bar, measured, met ? 'yes' : '**no**']),
    ),
  };
}

export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

export function decimal(value: number, digits = 1): string {
  return value.toFixed(digits);
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}
