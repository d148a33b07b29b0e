import type { Cursor, DownloadStatus } from '@hermes/contracts';

/** What the log said to a fenced event. */
export type Verdict =
  | {
      accepted: true;
      cursor: Cursor;
      attempt: number;
      /** The status that it left; null for a new one. */
      previous: DownloadStatus | null;
      /** Another open download of the same URL, if this one is new. */
      other: string | null;
      /** To progress: how many downloads are downloading, whichever worker has them; otherwise null. */
      running: number | null;
    }
  | {
      accepted: false;
      /**
       * `stale`: another attempt holds the download, or none does any more. `status`: it stands in one that this does not
       * lead out of. `duplicate`: an open download has the same URL.
       */
      reason: 'unknown' | 'exists' | 'duplicate' | 'stale' | 'final' | 'status';
      /** As the log has it; null if it does not know the download. */
      status: DownloadStatus | null;
      attempt: number;
      /** For `duplicate`: which download that is. */
      other: string | null;
    };

type Refusal = Extract<Verdict, { accepted: false }>['reason'];

/** As the scripts answer. */
export type PublishAnswer =
  | [0, Refusal, string, number, string]
  | [1 | 2, number, string, number, string, string, running?: number];

export function readVerdict(answer: PublishAnswer): Verdict {
  if (answer[0] === 0) {
    const [, reason, status, attempt, other] = answer;
    return { accepted: false, reason, status: toStatus(status), attempt, other: other || null };
  }
  const [, seq, epoch, attempt, previous, other, running = null] = answer;
  return {
    accepted: true,
    cursor: { epoch, seq },
    attempt,
    previous: toStatus(previous),
    other: other || null,
    running,
  };
}

function toStatus(text: string): DownloadStatus | null {
  return text === '' ? null : (text as DownloadStatus);
}
