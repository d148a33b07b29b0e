import type { Download } from '@hermes/contracts';
import { useHermesApi } from '@hermes/react';
import { ActionIcon } from '@mantine/core';
import { IconDownload, IconRefresh, IconTrash } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { formatBytes, formatDuration, formatSpeed, formatWhen } from '../../format.ts';
import { DOWNLOAD_ACTIONS } from '../downloads/download-actions.ts';
import { downloadHost, downloadName } from '../downloads/download-name.ts';
import { FAILURE_REASONS } from '../downloads/failure-reasons.ts';
import { STATUS_LOOKS } from '../downloads/status-looks.ts';

interface HistoryRowProps {
  download: Download;
  onRetry: (id: string) => void;
  onDelete: (download: Download) => void;
}

const LOOK = { variant: 'subtle', color: 'gray', className: 'history-button' } as const;

export function HistoryRow({ download, onRetry, onDelete }: HistoryRowProps) {
  const api = useHermesApi();
  const { download_id: id, status, result, error, completed_at } = download;
  const name = downloadName(download);
  const { Icon, label } = STATUS_LOOKS[status];
  return (
    <tr className="history-row" data-status={status} data-testid="history-row">
      <td className="history-what">
        <Icon className="history-icon" size={18} stroke={1.75} role="img" aria-label={label} />
        <Link to="/downloads/$id" params={{ id }} className="history-name" title={name}>
          {name}
        </Link>
        <span className="history-host">{downloadHost(download.url)}</span>
      </td>
      {status === 'completed' ? (
        <Numbers size={result?.size ?? download.downloaded_bytes} durationMs={result?.duration_ms ?? null} />
      ) : (
        <td className="history-reason" colSpan={3} title={error?.message}>
          {status === 'cancelled' ? label : error ? FAILURE_REASONS[error.code] : 'It failed without saying why'}
        </td>
      )}
      <td className="history-when">
        {completed_at !== null && (
          <time dateTime={completed_at} title={new Date(completed_at).toLocaleString()}>
            {formatWhen(completed_at, new Date())}
          </time>
        )}
      </td>
      <td className="history-actions">
        {status === 'completed' && (
          <ActionIcon {...LOOK} component="a" href={api.fileUrl(id)} download aria-label={`Save ${name}`} title="Save">
            <IconDownload size={16} stroke={1.75} />
          </ActionIcon>
        )}
        {DOWNLOAD_ACTIONS.retry.fits(status) && (
          <ActionIcon
            {...LOOK}
            aria-label={`Retry ${name}`}
            title="Retry"
            onClick={() => onRetry(id)}
            data-testid="history-retry"
          >
            <IconRefresh size={16} stroke={1.75} />
          </ActionIcon>
        )}
        <ActionIcon
          {...LOOK}
          aria-label={`Delete ${name}`}
          title="Delete"
          onClick={() => onDelete(download)}
          data-testid="history-delete"
        >
          <IconTrash size={16} stroke={1.75} />
        </ActionIcon>
      </td>
    </tr>
  );
}

function Numbers({ size, durationMs }: { size: number; durationMs: number | null }) {
  const seconds = durationMs === null ? null : durationMs / 1000;
  return (
    <>
      <td className="history-number history-size">{formatBytes(size)}</td>
      <td className="history-number history-took">{formatDuration(seconds)}</td>
      {/* Of what took less than a second a speed says nothing. */}
      <td className="history-number history-speed">
        {seconds === null || seconds < 1 ? '' : formatSpeed(size / seconds)}
      </td>
    </>
  );
}
