import { z } from 'zod';
import { DownloadFailure } from './download-failure.ts';
import { toAmount } from './ytdlp-amount.ts';

const amount = z.unknown().optional().transform(toAmount);
const text = z.string().nullable().catch(null).default(null);

const formatSchema = z.object({
  format_id: text,
  url: text,
  protocol: text,
  vcodec: text,
  acodec: text,
  filesize: amount,
  filesize_approx: amount,
  tbr: amount,
});

const videoSchema = formatSchema.extend({
  _type: text,
  id: text,
  title: text,
  is_live: z.boolean().nullable().catch(null).default(null),
  live_status: text,
  requested_downloads: z.array(z.object({})).nullable().catch(null).default(null),
  requested_formats: z.array(formatSchema).nullable().catch(null).default(null),
});

const listSchema = z.object({ _type: z.enum(['playlist', 'multi_video']), entries: z.array(z.unknown()) });

/** One of the streams that make up the file. */
export interface Component {
  formatId: string;
  stage: 'video' | 'audio';
  /** As the site says; null: it does not. */
  bytes: number | null;
  /** About how much of the work it is, by whatever unit all components have. */
  weight: number;
}

/** What a probe has found, as far as we go by it. */
export interface Plan {
  /** Handed back to yt-dlp for the download. */
  info: unknown;
  title: string;
  components: Component[];
}

/**
 * What goes out through the proxy. Others connect by themselves (RTMP, RTSP, WebSocket) or are not meant to be
 * downloaded.
 */
const PROTOCOLS = ['http', 'https', 'm3u8', 'm3u8_native', 'http_dash_segments', 'ism'];

/** Where nothing is known, about what they are. */
const USUAL_SHARE = { video: 9, audio: 1 };

/**
 * Reads what yt-dlp's `--dump-single-json` says of one video.
 * @throws {DownloadFailure} if it is not one, or none that can be downloaded here.
 */
export function readPlan(json: string): Plan {
  const info = onlyEntry(parse(json));
  const video = videoSchema.safeParse(info);
  if (!video.success) throw new DownloadFailure('EXTRACTION_FAILED');
  const { id, title, is_live, live_status, requested_downloads, requested_formats } = video.data;
  if (is_live || live_status === 'is_live' || live_status === 'is_upcoming') {
    throw new DownloadFailure('MEDIA_UNAVAILABLE', 'It is a live stream: add it again once it is over.');
  }
  if (requested_downloads !== null && requested_downloads.length > 1) {
    throw new DownloadFailure('OPTION_REFUSED', 'The format asks for several files: join streams by "+", not by ",".');
  }
  const formats = requested_formats ?? [video.data];
  for (const { protocol } of formats) {
    if (protocol !== null && !PROTOCOLS.includes(protocol)) {
      throw new DownloadFailure('UNSUPPORTED_URL', `Streams by ${protocol} are not supported.`);
    }
  }
  return { info, title: title ?? id ?? '', components: componentsOf(formats) };
}

function componentsOf(formats: readonly z.infer<typeof formatSchema>[]): Component[] {
  const parts = formats.map((format) => ({ format, stage: stageOf(format) }));
  const weigh = [
    ({ format }: (typeof parts)[number]) => format.filesize ?? format.filesize_approx,
    ({ format }: (typeof parts)[number]) => format.tbr,
  ].find((by) => parts.every((part) => (by(part) ?? 0) > 0));
  return parts.map((part) => ({
    formatId: part.format.format_id ?? '',
    stage: part.stage,
    bytes: part.format.filesize || null,
    weight: weigh?.(part) ?? USUAL_SHARE[part.stage],
  }));
}

function stageOf({ vcodec, acodec }: z.infer<typeof formatSchema>): Component['stage'] {
  return vcodec === 'none' && acodec !== 'none' ? 'audio' : 'video';
}

/** A list of one is that one; of more, it is for the person to say which. */
function onlyEntry(info: unknown): unknown {
  const list = listSchema.safeParse(info);
  if (!list.success) return info;
  const { entries } = list.data;
  if (entries.length === 0) throw new DownloadFailure('UNSUPPORTED_URL');
  const [only] = entries;
  const isWhole = videoSchema.safeParse(only).data?.requested_downloads != null;
  if (entries.length === 1 && isWhole) return only;
  const count = entries.length === 1 ? 'one video' : `${entries.length} videos`;
  throw new DownloadFailure('UNSUPPORTED_URL', `It is a list of ${count}: add the address of a video itself.`);
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new DownloadFailure('EXTRACTION_FAILED', undefined, { cause: error });
  }
}
