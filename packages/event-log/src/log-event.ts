import { DOWNLOAD_STATUSES, type DownloadStatus, EVENTS, type EventName, envelopeSchema } from '@hermes/contracts';

/** One event of the log, its data not parsed: most readers only pass it on. */
export interface LogEvent {
  seq: number;
  event: EventName;
  key: string | null;
  status: DownloadStatus | null;
  previousStatus: DownloadStatus | null;
  /** The data as JSON text on one line. */
  data: string;
}

const STATUS = `(?:null|"(${DOWNLOAD_STATUSES.join('|')})")`;

/** The fields in front of the data, as the publish script writes them; sticky, so that it costs one pass. */
const LEADING = new RegExp(
  `\\{"seq":([1-9][0-9]{0,14}),"event":"([a-z_]+)","key":(?:null|"([\\w-]*)"),"status":${STATUS},"previous_status":${STATUS},"data":(?=\\{)`,
  'y',
);

/**
 * Reads an envelope. The usual ones are not parsed as JSON; any other JSON takes the slow path.
 * @returns null for anything that is not an envelope: it did not come from the publish script.
 */
export function parseEnvelope(text: string): LogEvent | null {
  LEADING.lastIndex = 0;
  const match = LEADING.exec(text);
  if (match === null || !text.endsWith('}') || !isEventName(match[2] as string) || hasLineBreak(text)) {
    return parseSlowly(text);
  }
  return {
    seq: Number(match[1]),
    event: match[2] as EventName,
    key: match[3] ?? null,
    status: (match[4] as DownloadStatus | undefined) ?? null,
    previousStatus: (match[5] as DownloadStatus | undefined) ?? null,
    data: text.slice(LEADING.lastIndex, -1),
  };
}

function parseSlowly(text: string): LogEvent | null {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return null;
  }
  const envelope = envelopeSchema.safeParse(json);
  if (!envelope.success) return null;
  const { seq, event, key, status, previous_status, data } = envelope.data;
  return { seq, event, key, status, previousStatus: previous_status, data: JSON.stringify(data) };
}

/** It would end a frame of the stream within the data. The script writes none; three searches cost less than a pattern. */
function hasLineBreak(text: string): boolean {
  return text.includes('\n') || text.includes('\r') || text.includes('\0');
}

function isEventName(name: string): name is EventName {
  return Object.hasOwn(EVENTS, name);
}
