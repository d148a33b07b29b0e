import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { barsAsTable, type ScenarioReport, tableAsMarkdown } from './report.ts';

const FILE = resolve(import.meta.dirname, '../../docs/benchmarks.md');

/**
 * Replaces what the last run wrote; what people wrote around it stays.
 * @param block what the run is called in the marks that it is written between
 */
export async function writeReport({
  block,
  machine,
  command,
  quick,
  reports,
}: {
  block: string;
  machine: Record<string, string>;
  command: string;
  quick: boolean;
  reports: readonly ScenarioReport[];
}): Promise<void> {
  const text = await readFile(FILE, 'utf8');
  const begin = `<!-- written by ${block}: begin -->`;
  const end = `<!-- written by ${block}: end -->`;
  const [before, rest] = text.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`${FILE} lacks the marks to write between`);
  const date = new Date().toISOString().slice(0, 10);
  const written = [
    `\`${command}\`, ${date}${quick ? ' (a quick run: these numbers say that it works, nothing else)' : ''}`,
    [
      '| machine | |',
      '| --- | --- |',
      ...Object.entries(machine).map(([name, value]) => `| ${name} | ${value} |`),
    ].join('\n'),
    tableAsMarkdown(barsAsTable(reports)),
    ...reports.flatMap(({ tables }) => tables.map(tableAsMarkdown)),
  ].join('\n\n');
  await writeFile(FILE, `${before}${begin}\n\n${written}\n\n${end}${after}`);
}
