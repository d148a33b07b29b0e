import { type Download, isActiveStatus, isFinalStatus } from '@hermes/contracts';
import { IconArrowLeft } from '@tabler/icons-react';
import { useCanGoBack, useRouter } from '@tanstack/react-router';
import { formatBytes, formatBytesOf, formatDuration, formatPercent, formatSpeed, UNKNOWN } from '../../format.ts';
import { downloadHost, downloadName } from '../downloads/download-name.ts';
import { FAILURE_REASONS } from '../downloads/failure-reasons.ts';
import { ProgressBar } from '../downloads/progress-bar.tsx';
import { STATUS_LOOKS } from '../downloads/status-looks.ts';

/** What it is and how it stands, before everything else; if it failed, why. */
export function DownloadHead({ download }: { download: Download }) {
  const name = downloadName(download);
  const { label, Icon } = STATUS_LOOKS[download.status];
  return (
    <>
      <BackButton />
      <header className="download-head">
        <h1>{name}</h1>
        <p className="download-head-line">
          <span className="download-status" data-testid="download-status">
            <Icon size={16} stroke={1.75} aria-hidden="true" />
            {label}
          </span>
          <span>{downloadHost(download.url)}</span>
        </p>
      </header>
      {download.error !== null && (
        <div className="download-failure" role="alert" data-testid="download-failure">
          <strong>{FAILURE_REASONS[download.error.code]}</strong>
          <span>{download.error.message}</span>
        </div>
      )}
      {!isFinalStatus(download.status) && <Progress download={download} name={name} />}
    </>
  );
}

function Progress({ download, name }: { download: Download; name: string }) {
  const { status, downloaded_bytes: done, total_bytes: total, download_speed: speed, eta } = download;
  const runs = status === 'downloading';
  // All bytes are there before the file is checked and in its place: 100 % is the word of `completed` alone.
  const known = status === 'processing' || download.progress === null ? null : Math.min(download.progress, 99.9);
  const progress = status === 'queued' && known === null ? 0 : known;
  const facts = [
    { name: 'Progress', value: formatPercent(progress) },
    {
      name: 'Size',
      value: done === 0 && total === null ? UNKNOWN : total === null ? formatBytes(done) : formatBytesOf(done, total),
    },
    { name: 'Speed', value: runs ? formatSpeed(speed) : UNKNOWN },
    { name: 'Time left', value: runs ? formatDuration(eta) : UNKNOWN },
  ];
  return (
    <div className="download-progress live">
      <ProgressBar
        label={name}
        progress={progress}
        valueText={facts.map(({ name: fact, value }) => `${fact} ${value}`).join(', ')}
        idle={!isActiveStatus(status)}
      />
      <dl className="download-numbers">
        {facts.map(({ name: fact, value }) => (
          <div key={fact}>
            <dt>{fact}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

/** Where one came from, with its place in the list; the queue for whoever came from elsewhere. */
function BackButton() {
  const router = useRouter();
  const canGoBack = useCanGoBack();
  return (
    <button
      type="button"
      className="download-back"
      onClick={() => (canGoBack ? router.history.back() : void router.navigate({ to: '/queue' }))}
    >
      <IconArrowLeft size={16} stroke={1.75} aria-hidden="true" />
      Back
    </button>
  );
}
