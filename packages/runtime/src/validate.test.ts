import {
  bulkActionRequestSchema,
  controlMessageSchema,
  createApiKeyRequestSchema,
  createBatchRequestSchema,
  createDownloadRequestSchema,
  listDownloadsQuerySchema,
  loginRequestSchema,
  streamQuerySchema,
} from '@hermes/contracts';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ProblemError } from './problem-error.ts';
import { validate } from './validate.ts';

const URL_A = 'https://files.example.com/a';

function complaints(schema: z.ZodType, value: unknown, where = 'body'): string[] {
  try {
    validate(schema, value, where);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    expect(error.code).toBe('VALIDATION_FAILED');
    const said = (error.details.invalidParams ?? []).map(({ field, message }) => `${field} ${message}`);
    expect(error.details.detail).toBe(said[0]);
    return said;
  }
  throw new Error('it was taken');
}

describe('validate', () => {
  it('gives what the schema makes of the value', () => {
    expect(validate(createDownloadRequestSchema, { url: ` ${URL_A} ` }, 'body')).toEqual({
      url: URL_A,
      priority: 50,
      duplicates: 'allow',
    });
  });

  it.each<[string, z.ZodType, unknown, string[]]>([
    ['an absent field', createDownloadRequestSchema, {}, ['body.url is required']],
    ['an absent body', createDownloadRequestSchema, undefined, ['body is required']],
    ['null', createDownloadRequestSchema, null, ['body must be an object']],
    ['a list', createDownloadRequestSchema, [], ['body must be an object']],
    ['a wrong type', createDownloadRequestSchema, { url: 5 }, ['body.url must be a text']],
    ['null for a text', createDownloadRequestSchema, { url: null }, ['body.url must be a text']],
    [
      'a wrong URL',
      createDownloadRequestSchema,
      { url: 'ftp://x' },
      ['body.url must be an absolute http or https URL'],
    ],
    [
      'many at once',
      createDownloadRequestSchema,
      { url: URL_A, priority: 1.5, engine: 'curl', nonsense: 1, more: 2 },
      [
        'body.priority must be a whole number',
        'body.engine must be one of http, yt-dlp',
        'body.nonsense is not known here',
        'body.more is not known here',
      ],
    ],
    [
      'a bound above',
      createDownloadRequestSchema,
      { url: URL_A, priority: 101 },
      ['body.priority must be at most 100'],
    ],
    ['a bound below', listDownloadsQuerySchema, { limit: '0' }, ['body.limit must be at least 1']],
    ['no number', listDownloadsQuerySchema, { limit: 'ten' }, ['body.limit must be a number']],
    [
      'a text too long',
      createApiKeyRequestSchema,
      { name: 'x'.repeat(101) },
      ['body.name must have at most 100 characters'],
    ],
    ['an empty text', createApiKeyRequestSchema, { name: ' ' }, ['body.name must not be empty']],
    ['an empty list', createBatchRequestSchema, { urls: [] }, ['body.urls must not be empty']],
    [
      'a list too long',
      createBatchRequestSchema,
      { urls: Array(501).fill(URL_A) },
      ['body.urls must hold at most 500 items'],
    ],
    [
      'an item of a list',
      streamQuerySchema,
      { channels: 'queue,news' },
      ['body.channels.1 must be one of downloads, queue, stats, system, storage, analytics'],
    ],
    [
      'no time',
      createApiKeyRequestSchema,
      { name: 'a', expires_at: 'soon' },
      ['body.expires_at must be a time in UTC such as 2026-01-31T12:00:00Z'],
    ],
    [
      'the name of a member',
      createDownloadRequestSchema,
      { url: URL_A, headers: { Host: 'a' } },
      ['body.headers.Host is set by the engine itself'],
    ],
    ['a rule of the whole', bulkActionRequestSchema, { action: 'cancel' }, ['body.ids give either ids or filter']],
    ['no alternative', loginRequestSchema, {}, ['body needs key or needs code']],
    ['the alternative that was meant', loginRequestSchema, { key: 5 }, ['body.key must be a text']],
    ['two alternatives', loginRequestSchema, { key: 'a', code: 'b' }, ['body must not hold code or must not hold key']],
    ['alternatives of a wrong type', loginRequestSchema, 'a', ['body must be an object']],
    [
      'a wrong discriminator',
      controlMessageSchema,
      { type: 'restart' },
      ['body.type must be one of cancel, pause, revoke, end_session, switches'],
    ],
    ['an absent choice', z.object({ a: z.enum(['b', 'c']) }), {}, ['body.a is required']],
    [
      'zod’s own words',
      z.object({ a: z.string().includes('b') }),
      { a: 'c' },
      ['body.a has a form that is not allowed'],
    ],
    ['a type that has no words', z.object({ a: z.bigint() }), { a: 1 }, ['body.a must be of the type bigint']],
    ['a rule without words', z.string().refine(() => false), 'a', ['body is not allowed']],
  ])('says it of %s', (_, schema, value, expected) => {
    expect(complaints(schema, value)).toEqual(expected);
  });

  it('names the part of the request', () => {
    expect(complaints(listDownloadsQuerySchema, { view: 'all' }, 'query')).toEqual([
      'query.view must be one of queue, history',
    ]);
  });

  it('never shows the value that was refused', () => {
    const value = { url: URL_A, headers: { authorization: 'S3cret\n' } };
    expect(complaints(createDownloadRequestSchema, value).join()).not.toContain('S3cret');
  });

  it('does not answer thousands with thousands', () => {
    const ids = Array.from({ length: 10_000 }, () => 'no id');
    expect(complaints(bulkActionRequestSchema, { action: 'cancel', ids })).toHaveLength(50);
  });
});
