import { z } from 'zod';
import {
  countsSchema,
  downloadIdSchema,
  downloadSchema,
  downloadStatusSchema,
  engineNameSchema,
  prioritySchema,
} from './download.ts';
import { listParam } from './list-param.ts';
import { problemCodeSchema } from './problems.ts';
import { storageSchema } from './storage.ts';
import { switchesSchema } from './switches.ts';

/** Where everything lives below the origin. */
export const API_BASE = '/api/v1';
export const EVENTS_BASE = `${API_BASE}/events`;

const httpUrlSchema = z
  .string()
  .trim()
  .max(8192)
  .refine(
    (text) => {
      const url = URL.parse(text);
      return url !== null && (url.protocol === 'http:' || url.protocol === 'https:') && url.hostname !== '';
    },
    { error: 'must be an absolute http or https URL' },
  );

/** A bare file name: no path, no control characters. The worker sanitises once more before it touches a disk. */
const filenameSchema = z
  .string()
  .trim()
  .min(1)
  .max(255)
  .regex(/^[^/\\\p{Cc}]+$/u, 'must be a file name without a path')
  .refine((name) => name !== '.' && name !== '..', { error: 'must be a file name without a path' });

/** What frames the request, what resuming rests on, and conditions that would be answered with no body. */
const FORBIDDEN_HEADERS = [
  'host',
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'accept-encoding',
  'range',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
];

const requestHeadersSchema = z.record(
  z
    .string()
    .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/, 'must be a header name')
    .refine((name) => !FORBIDDEN_HEADERS.includes(name.toLowerCase()), { error: 'is set by the engine itself' }),
  z
    .string()
    .max(4096)
    // The Latin-1 that HTTP can carry: anything else would fail only when the worker sends it.
    .regex(/^[\t\x20-\x7e\x80-\xff]*$/, 'must be one line of Latin-1 characters'),
);

/** What becomes of a URL that another download has which has not ended: added all the same, and told; or refused. */
const duplicatesSchema = z.enum(['allow', 'refuse']).default('allow');

export const createDownloadRequestSchema = z.strictObject({
  url: httpUrlSchema,
  filename: filenameSchema.optional(),
  priority: prioritySchema.default(50),
  session_id: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 letters, digits, "-" or "_"')
    .optional(),
  /** `sha256:<hex>`; bytes with another sum fail as CHECKSUM_MISMATCH. */
  checksum: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/, 'must be sha256:<64 lower-case hex digits>')
    .optional(),
  /** Without it: yt-dlp for a site that it knows, else http. */
  engine: engineNameSchema.optional(),
  /** For yt-dlp, in its own notation. */
  format: z
    .string()
    .max(200)
    .regex(/^[^-\p{Cc}][^\p{Cc}]*$/u, 'must be a format in yt-dlp’s notation, such as bv*[height<=1080]+ba/b')
    .optional(),
  headers: requestHeadersSchema.optional(),
  duplicates: duplicatesSchema,
});
export type CreateDownloadRequest = z.infer<typeof createDownloadRequestSchema>;

export const createDownloadResponseSchema = z.object({
  download_id: downloadIdSchema,
  status: downloadStatusSchema,
  /** There only if another download that has not ended has the same URL: the newest such. */
  duplicate_of: downloadIdSchema.optional(),
});
export type CreateDownloadResponse = z.infer<typeof createDownloadResponseSchema>;

export const createBatchRequestSchema = z.strictObject({
  urls: z.array(z.string()).min(1).max(500),
  priority: prioritySchema.default(50),
  duplicates: duplicatesSchema,
});
export type CreateBatchRequest = z.infer<typeof createBatchRequestSchema>;

export const createBatchResponseSchema = z.object({
  session_id: z.string(),
  items: z.array(
    z.union([
      createDownloadResponseSchema.extend({ url: z.string() }),
      z.object({ url: z.string(), error: z.object({ code: problemCodeSchema, message: z.string() }) }),
    ]),
  ),
});
export type CreateBatchResponse = z.infer<typeof createBatchResponseSchema>;

const bulkActionSchema = z.enum(['cancel', 'pause', 'resume', 'retry', 'delete']);
export type BulkAction = z.infer<typeof bulkActionSchema>;

/** Downloads that one request may act on; a filter may match more, and is then asked for again. */
export const BULK_LIMIT = 10_000;

export const bulkActionRequestSchema = z
  .strictObject({
    action: bulkActionSchema,
    ids: z.array(downloadIdSchema).min(1).max(BULK_LIMIT).optional(),
    filter: z.strictObject({ status: z.array(downloadStatusSchema).min(1) }).optional(),
  })
  .refine((body) => (body.ids === undefined) !== (body.filter === undefined), {
    error: 'give either ids or filter',
    path: ['ids'],
  });
export type BulkActionRequest = z.infer<typeof bulkActionRequestSchema>;

/** Each download by itself: one that cannot take the action leaves the others alone. */
export const bulkActionResponseSchema = z.object({
  items: z.array(
    z.union([
      createDownloadResponseSchema,
      z.object({ download_id: downloadIdSchema, error: z.object({ code: problemCodeSchema, message: z.string() }) }),
    ]),
  ),
  /** How many more the filter had matched: they were left as they are. */
  remaining: z.int().nonnegative(),
});
export type BulkActionResponse = z.infer<typeof bulkActionResponseSchema>;

export const changeDownloadRequestSchema = z
  .strictObject({ priority: prioritySchema.optional(), position: z.int().min(0).optional() })
  .refine((body) => body.priority !== undefined || body.position !== undefined, {
    error: 'give priority or position',
    path: ['priority'],
  });
export type ChangeDownloadRequest = z.infer<typeof changeDownloadRequestSchema>;

/** How many items of a list are answered at once. */
export const pageLimitSchema = z.coerce.number().int().min(1).max(100).default(20);

export const listDownloadsQuerySchema = z.strictObject({
  /** Without it: everything that is not final. */
  status: listParam(downloadStatusSchema).optional(),
  limit: pageLimitSchema,
  cursor: z.string().max(200).optional(),
  view: z.enum(['queue', 'history']).optional(),
});
export type ListDownloadsQuery = z.infer<typeof listDownloadsQuerySchema>;

export const listDownloadsResponseSchema = z.object({
  items: z.array(downloadSchema),
  counts: countsSchema,
  /** How many match the filter. */
  total: z.int().nonnegative(),
  next_cursor: z.string().nullable(),
});
export type ListDownloadsResponse = z.infer<typeof listDownloadsResponseSchema>;

const dependencySchema = z.object({ status: z.enum(['up', 'down']), detail: z.string().optional() });

export const healthSchema = z.object({ status: z.literal('ok'), version: z.string() });
export type Health = z.infer<typeof healthSchema>;

export const readinessSchema = z.object({
  status: z.enum(['ready', 'degraded']),
  version: z.string(),
  dependencies: z.record(z.string(), dependencySchema),
});
export type Readiness = z.infer<typeof readinessSchema>;

/** What the web app must know before it knows who is asking. */
export const publicConfigSchema = z.object({
  sse_enabled: z.boolean(),
  /** 0–100: how many browsers of a hundred use the stream; sticky per browser. */
  sse_rollout_percent: z.int().min(0).max(100),
  auth_required: z.boolean(),
  version: z.string(),
});
export type PublicConfig = z.infer<typeof publicConfigSchema>;

/** Run-time switches; what is null goes back to the environment's value, what is left out stays. */
export const changeConfigRequestSchema = z
  .strictObject({
    sse_enabled: switchesSchema.shape.sse_enabled.optional(),
    sse_rollout_percent: switchesSchema.shape.sse_rollout_percent.optional(),
  })
  .refine((body) => body.sse_enabled !== undefined || body.sse_rollout_percent !== undefined, {
    error: 'give sse_enabled or sse_rollout_percent',
    path: ['sse_enabled'],
  });

export const storageResponseSchema = storageSchema;
