import type { Permission, ProblemCode } from '@hermes/contracts';
import type { z } from 'zod';

/** Groups of addresses, in the order they are shown. */
export const TAGS = {
  downloads: 'Add downloads, see them and act on them.',
  history: 'What has ended, and numbers about it.',
  storage: 'The disk below the download directory.',
  events: 'What happens, as it happens: Server-Sent Events.',
  access: 'Keys and log-in.',
  service: 'Whether it runs, and how it is set.',
} as const;

/** What an address answers when all is well. */
export interface Answer {
  description: string;
  /** Of a JSON body; none: no body. */
  schema?: z.ZodType;
  example?: unknown;
  /** Of a body that is not JSON: media types, with an example each. */
  media?: Readonly<Record<string, string>>;
  /** Names of `HEADERS`. */
  headers?: readonly HeaderName[];
}

export type HeaderName =
  | 'Hermes-Cursor'
  | 'Set-Cookie'
  | 'Content-Disposition'
  | 'Content-Range'
  | 'Accept-Ranges'
  | 'Last-Modified';

/**
 * One method of one address: what its route checks requests by and what it answers. The document is generated from it, and
 * tests hold the routes to it.
 */
export interface Operation {
  tag: keyof typeof TAGS;
  summary: string;
  description?: string;
  permission: Permission | 'public';
  /** Whether a stream token in `?token=` opens it. */
  takesToken?: true;
  /** Of the parts of the path that begin with a colon. */
  params?: Readonly<Record<string, z.ZodType>>;
  query?: z.ZodObject;
  headers?: Readonly<Record<string, { schema: z.ZodType; description: string }>>;
  body?: z.ZodType;
  bodyExample?: unknown;
  answers: Readonly<Record<number, Answer>>;
  /** Beside those that follow from the rest: `impliedProblems`. */
  problems: readonly ProblemCode[];
  /** Its answer is never to be kept, and so has no ETag. */
  uncached?: true;
}

/** By method and path below `/api/v1`, as in `POST /download`. */
export type Operations = Readonly<Record<string, Operation>>;

/** Whether reads of it carry an ETag and may be answered by 304. */
export function isConditional(name: string, { answers, uncached }: Operation): boolean {
  return name.startsWith('GET ') && answers[200] !== undefined && uncached !== true;
}

/** What may be refused before the handler of a route sees the request, and what can happen to any. */
export function impliedProblems(name: string, { permission, body, tag }: Operation): ProblemCode[] {
  const problems: ProblemCode[] = ['VALIDATION_FAILED', 'HOST_REFUSED', 'INTERNAL', 'SHUTTING_DOWN'];
  if (permission !== 'public')
    problems.push('UNAUTHENTICATED', 'INVALID_CREDENTIAL', 'CREDENTIAL_EXPIRED', 'FORBIDDEN');
  if (!name.startsWith('GET ')) problems.push('ORIGIN_REFUSED');
  if (body !== undefined) problems.push('PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE');
  // Nearly every change is written down, and what was written down may have to be.
  if (!name.startsWith('GET ') && tag !== 'events') problems.push('DATABASE_FULL');
  // Streams are limited by how many are open.
  if (tag !== 'events') problems.push('RATE_LIMITED');
  return problems;
}
