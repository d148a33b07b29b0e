import { type Download, type DownloadStatus, isFinalStatus } from '@hermes/contracts';
import { formatBytes } from '../../format.ts';
import { downloadName } from '../downloads/download-name.ts';
import { FAILURE_REASONS } from '../downloads/failure-reasons.ts';

export interface EndNotice {
  title: string;
  body: string;
}

/** What to say of a change of status; null unless a download has just ended by itself: whoever cancelled one knows. */
export function endNotice(download: Download, previous: DownloadStatus | null): EndNotice | null {
  const { status, error, result } = download;
  if (previous === null || isFinalStatus(previous)) return null;
  if (status === 'completed') {
    return {
      title: downloadName(download),
      body: `Finished, ${formatBytes(result?.size ?? download.downloaded_bytes)}`,
    };
  }
  if (status !== 'failed') return null;
  return { title: downloadName(download), body: error === null ? 'Failed' : `Failed: ${FAILURE_REASONS[error.code]}` };
}
