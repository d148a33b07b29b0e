import { type Download, isActiveStatus, isFinalStatus } from '@hermes/contracts';
import { useHermesApi } from '@hermes/react';
import { ActionIcon } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { type CSSProperties, type MouseEvent, memo } from 'react';
import { formatBytes, formatBytesOf, formatPercent, formatWhen } from '../../format.ts';
import { DOWNLOAD_ACTIONS, type DownloadAction, mainAction } from '../downloads/download-actions.ts';
import { downloadHost, downloadName } from '../downloads/download-name.ts';
import { FAILURE_REASONS } from '../downloads/failure-reasons.ts';
import { LiveCell } from '../downloads/live-cell.tsx';
import type { LiveNumbers } from '../downloads/live-numbers.ts';
import { BarFrame, ProgressBar } from '../downloads/progress-bar.tsx';
import { STATUS_LOOKS } from '../downloads/status-looks.ts';
import type { LiveRows } from './live-rows.ts';
import { useLiveRow } from './use-live-row.ts';

/** What a row tells the table; the same object for the life of the table, or every row would be drawn with it. */
export interface RowHandlers {
  onPress: (id: string, event: MouseEvent) => void;
  onCheck: (id: string, isRange: boolean) => void;
  onAction: (id: string, action: DownloadAction) => void;
}

interface QueueRowProps extends RowHandlers {
  rows: LiveRows;
  id: string;
  /** Counted from 0, in the whole list. */
  index: number;
  /** Pixels from the top of the list. */
  start: number;
  isSelected: boolean;
  isCursor: boolean;
  isStray: (download: Download) => boolean;
}

/**
 * One row. It listens to its own download alone: the table around it is not drawn when that moves on, nor is the row
 * itself while nothing but its numbers run.
 */
export const QueueRow = memo(function QueueRow(props: QueueRowProps) {
  const { rows, id, index, start, isSelected, isCursor, onPress, onCheck, onAction } = props;
  const { drawn: download, numbers } = useLiveRow(rows, id);
  if (download === undefined) return null;
  const { status } = download;
  const name = downloadName(download);
  const { Icon, label } = STATUS_LOOKS[status];
  const style: CSSProperties = { transform: `translateY(${start}px)` };
  return (
    <tr
      id={`queue-row-${id}`}
      className="queue-row queue-grid"
      style={style}
      // The heading is the first.
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      tabIndex={-1}
      data-cursor={isCursor || undefined}
      data-stray={props.isStray(download) || undefined}
      data-status={status}
      data-download-id={id}
      data-testid="queue-row"
      onClick={(event) => onPress(id, event)}
    >
      <td className="queue-check">
        <input
          type="checkbox"
          checked={isSelected}
          tabIndex={-1}
          aria-label={`Select ${name}`}
          onClick={(event) => {
            event.stopPropagation();
            onCheck(id, event.shiftKey);
          }}
          readOnly
        />
      </td>
      <td className="queue-name">
        <Icon className="queue-icon" size={18} stroke={1.75} aria-hidden="true" />
        <Link
          to="/downloads/$id"
          params={{ id }}
          className="queue-link"
          title={name}
          tabIndex={-1}
          onClick={(event) => event.stopPropagation()}
        >
          {name}
        </Link>
        <span className="queue-host">{downloadHost(download.url)}</span>
      </td>
      {isActiveStatus(status) ? (
        <Running name={name} numbers={numbers} />
      ) : (
        <>
          {status === 'failed' ? <Reason download={download} /> : <Resting download={download} name={name} />}
          <td className="queue-time">{formatWhen(download.completed_at ?? download.created_at, new Date())}</td>
        </>
      )}
      <td className="queue-priority">{isFinalStatus(status) ? '' : download.priority}</td>
      <td className="queue-status">{label}</td>
      <td className="queue-action">
        <MainAction download={download} name={name} onAction={onAction} />
      </td>
    </tr>
  );
});

function Running({ name, numbers }: { name: string; numbers: LiveNumbers }) {
  return (
    <>
      <td className="queue-bar">
        <BarFrame ref={numbers.bar.ref} label={name} idle={false} />
      </td>
      <td className="queue-percent">
        <LiveCell ref={numbers.percent.ref} />
      </td>
      <td className="queue-size">
        <LiveCell ref={numbers.size.ref} />
      </td>
      <td className="queue-speed">
        <LiveCell ref={numbers.speed.ref} />
      </td>
      <td className="queue-time">
        <LiveCell ref={numbers.left.ref} />
      </td>
    </>
  );
}

function Resting({ download, name }: { download: Download; name: string }) {
  const { status, downloaded_bytes: done, total_bytes: total, result } = download;
  const isPartial = !isFinalStatus(status) && done > 0;
  const progress = download.progress === null ? null : Math.min(download.progress, 99.9);
  const size = status === 'completed' ? formatBytes(result?.size ?? done) : formatBytesOf(done, total);
  return (
    <>
      <td className="queue-bar">
        {isPartial && (
          <ProgressBar label={name} progress={progress} valueText={`${formatPercent(progress)}, ${size}`} idle />
        )}
      </td>
      <td className="queue-percent">{isPartial && progress !== null ? formatPercent(progress) : ''}</td>
      <td className="queue-size">{done > 0 || status === 'completed' ? size : ''}</td>
      <td className="queue-speed" />
    </>
  );
}

function Reason({ download: { error } }: { download: Download }) {
  return (
    <td className="queue-reason" title={error?.message} aria-colspan={4}>
      <strong>{error ? FAILURE_REASONS[error.code] : 'It failed without saying why'}</strong>
    </td>
  );
}

function MainAction({
  download,
  name,
  onAction,
}: {
  download: Download;
  name: string;
  onAction: RowHandlers['onAction'];
}) {
  const api = useHermesApi();
  const action = mainAction(download.status);
  const look = { variant: 'subtle', color: 'gray', className: 'queue-button', tabIndex: -1 } as const;
  if (download.status === 'completed') {
    return (
      <ActionIcon
        {...look}
        component="a"
        href={api.fileUrl(download.download_id)}
        download
        aria-label={`Save ${name}`}
        title="Save the file"
      >
        <IconDownload size={16} stroke={1.75} />
      </ActionIcon>
    );
  }
  if (action === null) return null;
  const { Icon, label } = DOWNLOAD_ACTIONS[action];
  return (
    <ActionIcon
      {...look}
      aria-label={`${label} ${name}`}
      title={label}
      data-testid={`row-${action}`}
      onClick={(event: MouseEvent) => {
        event.stopPropagation();
        onAction(download.download_id, action);
      }}
    >
      <Icon size={16} stroke={1.75} />
    </ActionIcon>
  );
}
