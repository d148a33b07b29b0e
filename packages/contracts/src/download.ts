import { z } from 'zod';

/** Every status of a download, in the order a download usually passes through them. */
export const DOWNLOAD_STATUSES = [
  'queued',
  'downloading',
  'processing',
  'paused',
  'completed',
  'failed',
  'cancelled',
] as const;

export const downloadStatusSchema = z.enum(DOWNLOAD_STATUSES);
export type DownloadStatus = z.infer<typeof downloadStatusSchema>;

/** Statuses that nothing leads out of: a retry is a new attempt that the queue makes explicitly. */
export const FINAL_STATUSES = ['completed', 'failed', 'cancelled'] as const satisfies DownloadStatus[];
export type FinalStatus = (typeof FINAL_STATUSES)[number];

/** Statuses in which a worker holds the download. */
export const ACTIVE_STATUSES = ['downloading', 'processing'] as const satisfies DownloadStatus[];

export function isFinalStatus(status: DownloadStatus): status is FinalStatus {
  return (FINAL_STATUSES as readonly DownloadStatus[]).includes(status);
}

export function isActiveStatus(status: DownloadStatus): boolean {
  return (ACTIVE_STATUSES as readonly DownloadStatus[]).includes(status);
}

/** URL-safe and free of the separators of Redis keys, so that an id can stand in a key, a path and a topic as it is. */
export const downloadIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 letters, digits, "-" or "_"');

/** Bytes; exact in a double up to 9 PB. */
const bytesSchema = z.int().nonnegative();
const timeSchema = z.iso.datetime({ offset: false });

export const engineNameSchema = z.enum(['http', 'yt-dlp']);
export type EngineName = z.infer<typeof engineNameSchema>;

/** Why a download failed, as data: whether it is worth another try is part of the code's meaning. */
export const DOWNLOAD_ERRORS = {
  INVALID_URL: { retryable: false, meaning: 'The URL is not one that an engine can fetch.' },
  PRIVATE_ADDRESS_REFUSED: { retryable: false, meaning: 'The host is a private or loopback address.' },
  DNS_FAILED: { retryable: true, meaning: 'The host name could not be resolved.' },
  CONNECTION_FAILED: { retryable: true, meaning: 'The connection failed or broke off.' },
  TIMED_OUT: { retryable: true, meaning: 'The server sent nothing for too long.' },
  TLS_FAILED: { retryable: false, meaning: 'The server’s certificate was refused.' },
  HTTP_CLIENT_ERROR: { retryable: false, meaning: 'The server answered with a 4xx status.' },
  HTTP_SERVER_ERROR: { retryable: true, meaning: 'The server answered with a 5xx status, 408 or 429.' },
  TOO_MANY_REDIRECTS: { retryable: false, meaning: 'The server redirected too often.' },
  SIZE_LIMIT_EXCEEDED: { retryable: false, meaning: 'The file is larger than HERMES_MAX_DOWNLOAD_SIZE.' },
  SIZE_MISMATCH: { retryable: true, meaning: 'The server sent more or fewer bytes than it had announced.' },
  CHECKSUM_MISMATCH: { retryable: false, meaning: 'The bytes are not those of the checksum given.' },
  DISK_FULL: { retryable: false, meaning: 'No space is left; the partial file is kept.' },
  WRITE_FAILED: { retryable: false, meaning: 'The file could not be written.' },
  ENGINE_UNAVAILABLE: { retryable: false, meaning: 'The engine is not installed on the worker.' },
  OPTION_REFUSED: { retryable: false, meaning: 'The engine cannot do what the request asks for.' },
  UNSUPPORTED_URL: { retryable: false, meaning: 'The engine finds nothing to download at the URL.' },
  MEDIA_UNAVAILABLE: { retryable: false, meaning: 'The site does not hand it out: removed, private, or restricted.' },
  FORMAT_UNAVAILABLE: { retryable: false, meaning: 'It is not to be had in the format asked for.' },
  EXTRACTION_FAILED: { retryable: false, meaning: 'The site is not understood; a newer yt-dlp may.' },
  POSTPROCESSING_FAILED: { retryable: false, meaning: 'The file could not be put together, or ffmpeg is missing.' },
  SECRETS_UNAVAILABLE: { retryable: false, meaning: 'Its headers or password cannot be read any more: add it again.' },
  WORKER_LOST: { retryable: false, meaning: 'Workers crashed on this download again and again.' },
  INTERNAL: { retryable: false, meaning: 'Something unforeseen; the log has the details.' },
} as const satisfies Record<string, { retryable: boolean; meaning: string }>;

export const downloadErrorCodeSchema = z.enum(
  Object.keys(DOWNLOAD_ERRORS) as [DownloadErrorCode, ...DownloadErrorCode[]],
);
export type DownloadErrorCode = keyof typeof DOWNLOAD_ERRORS;

export const downloadErrorSchema = z.object({ code: downloadErrorCodeSchema, message: z.string() });
export type DownloadError = z.infer<typeof downloadErrorSchema>;

export const downloadResultSchema = z.object({
  /** Relative to the download directory, so that it says nothing of the machine. */
  path: z.string(),
  size: bytesSchema,
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  content_type: z.string().nullable(),
  duration_ms: z.int().nonnegative(),
});
export type DownloadResult = z.infer<typeof downloadResultSchema>;

export const prioritySchema = z.int().min(0).max(100);

/** One download, whole. `null` means unknown, never 0. */
export const downloadSchema = z.object({
  download_id: downloadIdSchema,
  /** The position in the log that this is true as of. */
  seq: z.int().nonnegative(),
  url: z.string(),
  status: downloadStatusSchema,
  /** 0–100; null while the total is unknown. */
  progress: z.number().min(0).max(100).nullable(),
  downloaded_bytes: bytesSchema,
  total_bytes: bytesSchema.nullable(),
  /** Bytes per second. */
  download_speed: z.number().nonnegative().nullable(),
  /** Seconds. */
  eta: z.number().nonnegative().nullable(),
  filename: z.string().nullable(),
  engine: engineNameSchema.nullable(),
  /** 0–100, higher first. */
  priority: prioritySchema,
  /** The try it is in; 0 before the first. Events of an older attempt are refused. */
  attempt: z.int().nonnegative(),
  error: downloadErrorSchema.nullable(),
  result: downloadResultSchema.nullable(),
  session_id: z.string().nullable(),
  created_at: timeSchema,
  started_at: timeSchema.nullable(),
  completed_at: timeSchema.nullable(),
  updated_at: timeSchema,
});
export type Download = z.infer<typeof downloadSchema>;

/** How many downloads stand in each status; every status is always present. */
export const countsSchema = z.object(
  Object.fromEntries(DOWNLOAD_STATUSES.map((status) => [status, z.int().nonnegative()])) as Record<
    DownloadStatus,
    z.ZodInt
  >,
);
export type Counts = z.infer<typeof countsSchema>;
