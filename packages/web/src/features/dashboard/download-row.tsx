import { type Download, isActiveStatus, isFinalStatus } from '@hermes/contracts';
import { Link } from '@tanstack/react-router';
import { memo } from 'react';
import { formatBytes, formatBytesOf, formatDuration, formatPercent, formatSpeed, formatWhen } from '../../format.ts';
import { DOWNLOAD_ACTIONS } from '../downloads/download-actions.ts';
import { downloadHost, downloadName } from '../downloads/download-name.ts';
import { FAILURE_REASONS } from '../downloads/failure-reasons.ts';
import { LiveCell } from '../downloads/live-cell.tsx';
import type { LiveNumbers } from '../downloads/live-numbers.ts';
import { BarFrame, ProgressBar } from '../downloads/progress-bar.tsx';
import { STATUS_LOOKS } from '../downloads/status-looks.ts';
import { useLiveNumbers } from '../downloads/use-live-numbers.ts';
import { CancelButton } from './cancel-button.tsx';
import type { ListedRows } from './listed-rows.ts';
import { RetryButton } from './retry-button.tsx';
import './download-list.css';
import './download-list-phone.css';

interface DownloadRowProps {
  download: Download;
  rows?: ListedRows | undefined;
  /** Where it stands in a list of so many that is drawn in part, from 1. */
  place?: number | undefined;
  of?: number | undefined;
}

/**
 * One download. Compared by reference: an event replaces the one download it is about, and concerns only that row. While
 * nothing but numbers run, nothing is drawn: they are written into the row.
 */
export const DownloadRow = memo(function DownloadRow({ download, rows, place, of }: DownloadRowProps) {
  const { drawn, numbers } = useLiveNumbers(download, rows);
  return <DrawnRow download={drawn} numbers={numbers} place={place} of={of} />;
});

interface DrawnRowProps extends Omit<DownloadRowProps, 'rows'> {
  numbers: LiveNumbers;
}

const DrawnRow = memo(function DrawnRow({ download, numbers, place, of }: DrawnRowProps) {
  const { status } = download;
  const name = downloadName(download);
  const host = downloadHost(download.url);
  const { Icon, label } = STATUS_LOOKS[status];
  return (
    <li
      className="download-row"
      data-testid="download-row"
      data-download-id={download.download_id}
      data-status={status}
      aria-posinset={place}
      aria-setsize={of}
    >
      <Icon className="download-row-icon" size={18} stroke={1.75} aria-hidden="true" />
      <div className="download-row-what" title={download.url}>
        <Link className="download-row-name" to="/downloads/$id" params={{ id: download.download_id }}>
          {name}
        </Link>
        {host !== name && <span className="download-row-host">{host}</span>}
      </div>
      {isActiveStatus(status) && <Running name={name} numbers={numbers} />}
      {(status === 'queued' || status === 'paused') && <Waiting download={download} name={name} />}
      {status === 'completed' && <Completed download={download} />}
      {status === 'cancelled' && <Cancelled download={download} />}
      {status === 'failed' && <Failed download={download} />}
      <span className="download-row-status">{label}</span>
      <div className="download-row-action">
        {DOWNLOAD_ACTIONS.retry.fits(status) && <RetryButton id={download.download_id} name={name} />}
        {!isFinalStatus(status) && (
          <CancelButton id={download.download_id} name={name} hasBytes={download.downloaded_bytes > 0} />
        )}
      </div>
    </li>
  );
});

interface PartProps {
  download: Download;
  name: string;
}

function Running({ name, numbers }: { name: string; numbers: LiveNumbers }) {
  return (
    <>
      <div className="download-row-bar">
        <BarFrame ref={numbers.bar.ref} label={name} idle={false} />
      </div>
      <span className="download-row-percent">
        <LiveCell ref={numbers.percent.ref} />
      </span>
      <div className="download-row-facts">
        <span className="download-row-size">
          <LiveCell ref={numbers.size.ref} />
        </span>
        <span className="download-row-speed">
          <LiveCell ref={numbers.speed.ref} />
        </span>
      </div>
      <span className="download-row-time">
        <LiveCell ref={numbers.left.ref} />
      </span>
    </>
  );
}

function Waiting({ download, name }: PartProps) {
  const { downloaded_bytes: done, total_bytes: total, progress } = download;
  const begun = done > 0;
  return (
    <>
      <div className="download-row-bar">
        {begun && <ProgressBar label={name} progress={progress ?? 0} valueText={formatBytesOf(done, total)} idle />}
      </div>
      <span className="download-row-percent">{begun ? formatPercent(progress) : ''}</span>
      <div className="download-row-facts">
        <span className="download-row-size">{begun ? formatBytesOf(done, total) : ''}</span>
        <span className="download-row-speed" />
      </div>
      <span className="download-row-time">{formatWhen(download.created_at, new Date())}</span>
    </>
  );
}

function Completed({ download }: { download: Download }) {
  const { result, downloaded_bytes: done, completed_at: at } = download;
  const seconds = result === null ? 0 : result.duration_ms / 1000;
  return (
    <>
      <span className="download-row-words">
        {seconds >= 1
          ? `in ${formatDuration(seconds)} at ${formatSpeed(Math.round((result?.size ?? done) / seconds))}`
          : ''}
      </span>
      <div className="download-row-facts">
        <span className="download-row-size">{formatBytes(result?.size ?? done)}</span>
        <span className="download-row-speed" />
      </div>
      <span className="download-row-time">{formatWhen(at, new Date())}</span>
    </>
  );
}

function Cancelled({ download }: { download: Download }) {
  const { downloaded_bytes: done, total_bytes: total, completed_at: at } = download;
  return (
    <>
      <span className="download-row-words" />
      <div className="download-row-facts">
        <span className="download-row-size">{done > 0 ? formatBytesOf(done, total) : ''}</span>
        <span className="download-row-speed" />
      </div>
      <span className="download-row-time">{formatWhen(at, new Date())}</span>
    </>
  );
}

function Failed({ download }: { download: Download }) {
  const { error, completed_at: at } = download;
  return (
    <>
      <span className="download-row-reason" title={error?.message}>
        <strong>{error ? FAILURE_REASONS[error.code] : 'It failed without saying why'}</strong>
        {error && <span className="download-row-detail">{error.message}</span>}
      </span>
      <span className="download-row-time">{formatWhen(at, new Date())}</span>
    </>
  );
}
