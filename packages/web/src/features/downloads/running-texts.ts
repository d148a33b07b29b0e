import type { Download } from '@hermes/contracts';
import { formatBytesOf, formatDuration, formatPercent, formatSpeed, UNKNOWN } from '../../format.ts';

/** What is shown of a download that runs, or of one that is being finished. */
interface RunningTexts {
  percent: string;
  size: string;
  speed: string;
  left: string;
}

/** 0–100 for a bar; null: nobody knows. All bytes are there before the file is checked: 100 % is the word of `completed` alone. */
export function runningProgress({ status, progress }: Download): number | null {
  return status === 'processing' || progress === null ? null : Math.min(progress, 99.9);
}

export function runningPercent(download: Download): string {
  return download.status === 'processing' ? '' : formatPercent(runningProgress(download));
}

export function runningTexts(download: Download): RunningTexts {
  const size = formatBytesOf(download.downloaded_bytes, download.total_bytes);
  const percent = runningPercent(download);
  if (download.status === 'processing') return { percent, size, speed: '', left: '' };
  return {
    percent,
    size,
    speed: formatSpeed(download.download_speed),
    left: formatDuration(download.eta),
  };
}

/** The same for a screen reader. */
export function spokenTexts(status: Download['status'], { percent, size, speed, left }: RunningTexts): string {
  if (status === 'processing') return 'Checking the file';
  return [percent, size, speed, left === UNKNOWN ? left : `${left} left`].filter((text) => text !== UNKNOWN).join(', ');
}
