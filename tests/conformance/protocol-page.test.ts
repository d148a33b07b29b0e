import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  CONTROL_FRAMES,
  EVENTS,
  envelopeSchema,
  keyspace,
  parseCursor,
  problemSchema,
  RESET_REASONS,
  STREAM_INTERVALS_MS,
  TOPICS,
} from '@hermes/contracts';
import { createParser } from 'eventsource-parser';
import { describe, expect, test } from 'vitest';

const PAGE = await readFile(resolve(import.meta.dirname, '../../docs/protocol.md'), 'utf8');
const blocks = (language: string) =>
  [...PAGE.matchAll(new RegExp(`^ *\`\`\`${language}\\n(.*?)\\n *\`\`\`$`, 'gms'))].map(([, text = '']) =>
    text.replace(/^ {2}/gm, ''),
  );

const SCHEMAS: Record<string, { safeParse(data: unknown): { success: boolean } }> = {
  ...CONTROL_FRAMES,
  ...Object.fromEntries(Object.entries(EVENTS).map(([name, { data }]) => [name, data])),
};

describe('docs/protocol.md', () => {
  test('shows frames that are of the contract', () => {
    const shown = new Set<string>();
    const parser = createParser({
      onEvent: ({ event = 'message', data, id }) => {
        shown.add(event);
        expect(SCHEMAS[event]?.safeParse(JSON.parse(data)).success, data).toBe(true);
        if (id !== undefined) expect(parseCursor(id), id).not.toBeNull();
      },
    });
    for (const block of blocks('').filter((text) => text.includes('event: '))) parser.feed(`${block}\n\n`);
    expect([...shown].sort()).toEqual(
      ['connected', 'reset', 'snapshot', 'heartbeat', 'draining', 'system_notification']
        .concat('download_status', 'download_progress', 'queue_update')
        .sort(),
    );
  });

  test('shows an envelope and a problem that are of the contract', () => {
    const [problem = '', envelope = ''] = blocks('json');
    expect(problemSchema.safeParse(JSON.parse(problem)).success).toBe(true);
    expect(envelopeSchema.safeParse(JSON.parse(envelope)).success).toBe(true);
    expect(Object.keys(JSON.parse(envelope))).toEqual(Object.keys(envelopeSchema.shape));
  });

  test.each([
    ['event', [...Object.keys(EVENTS), ...Object.keys(CONTROL_FRAMES)]],
    ['topic', TOPICS],
    ['reason of a reset', RESET_REASONS],
    ['channel', keyspace('').channels],
  ] as const)('names every %s', (_, names) => {
    for (const name of names) expect(PAGE).toContain(`\`${name}\``);
  });

  test('names every interval', () => {
    for (const interval of STREAM_INTERVALS_MS) expect(PAGE).toMatch(new RegExp(`interval_ms=1000.*\\b${interval}\\b`));
  });
});
