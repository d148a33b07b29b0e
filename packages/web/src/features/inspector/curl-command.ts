import { downloadIdSchema, topicSchema } from '@hermes/contracts';
import type { InspectorFilter } from './inspected-event.ts';

/** What of the filter a stream can be narrowed to: a download, or a topic. */
export interface CurlStream {
  /** Absolute. */
  url: string;
  /** What a token for it has to open. */
  scope: string;
}

/** Scopes that are topics as well; the others are opened by `all`. */
const TOPIC_SCOPES: readonly string[] = ['queue', 'stats', 'system'];

/** @param base of the API, `https://hermes.example/api/v1`. */
export function curlStream(base: string, { topic, downloadId }: InspectorFilter): CurlStream {
  if (downloadIdSchema.safeParse(downloadId).success) {
    return { url: `${base}/events/downloads/${downloadId}`, scope: `download:${downloadId}` };
  }
  const url = `${base}/events/stream`;
  if (!topicSchema.safeParse(topic).success) return { url, scope: 'all' };
  return { url: `${url}?channels=${topic}`, scope: TOPIC_SCOPES.includes(topic) ? topic : 'all' };
}

/** `-N`: each event is printed when it comes. */
export function curlWithKey({ url }: CurlStream): string {
  return `curl -N -H 'Authorization: Bearer YOUR_API_KEY' '${url}'`;
}

export function curlWithToken({ url }: CurlStream, token: string): string {
  return `curl -N '${url}${url.includes('?') ? '&' : '?'}token=${encodeURIComponent(token)}'`;
}
