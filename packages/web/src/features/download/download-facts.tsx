import type { Download } from '@hermes/contracts';
import { ActionIcon, CopyButton } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { formatBytes, formatDuration, formatSpeed } from '../../format.ts';

/** Everything that is known of it, with the unknown left out. */
export function DownloadFacts({ download }: { download: Download }) {
  const { result, error } = download;
  const seconds = result === null ? null : result.duration_ms / 1000;
  return (
    <section className="download-section" aria-labelledby="facts-title">
      <h2 id="facts-title">Details</h2>
      <dl className="facts">
        <Fact name="Address" value={download.url} copyable isLong />
        <Fact name="File name" value={download.filename} />
        <Fact name="Path" value={result?.path ?? null} copyable isLong />
        <Fact name="Size" value={exactBytes(result?.size ?? download.total_bytes)} />
        <Fact name="Arrived" value={result === null ? exactBytes(download.downloaded_bytes) : null} />
        <Fact name="Type" value={result?.content_type ?? null} />
        <Fact
          name="Took"
          value={
            seconds === null || result === null
              ? null
              : `${formatDuration(seconds)}${seconds >= 1 ? `, ${formatSpeed(Math.round(result.size / seconds))}` : ''}`
          }
        />
        <Fact name="SHA-256" value={result?.sha256 ?? null} copyable isLong />
        <Fact name="Error" value={error === null ? null : `${error.code}: ${error.message}`} isLong />
        <Fact name="Engine" value={download.engine} />
        <Fact name="Tries" value={download.attempt === 0 ? null : String(download.attempt)} />
        <Fact name="Session" value={download.session_id} copyable />
        <Fact name="Id" value={download.download_id} copyable />
      </dl>
    </section>
  );
}

interface FactProps {
  name: string;
  value: string | null;
  copyable?: boolean;
  isLong?: boolean;
}

function Fact({ name, value, copyable = false, isLong = false }: FactProps): ReactNode {
  if (value === null) return null;
  return (
    <div className="fact">
      <dt>{name}</dt>
      <dd className={isLong ? 'fact-long' : undefined}>
        {value}
        {copyable && <Copy what={name} value={value} />}
      </dd>
    </div>
  );
}

function Copy({ what, value }: { what: string; value: string }) {
  return (
    <CopyButton value={value}>
      {({ copied, copy }) => (
        <ActionIcon
          data-hint={copied ? 'Copied' : `Copy ${what.toLowerCase()}`}
          className="fact-copy"
          variant="subtle"
          color="gray"
          size="sm"
          aria-label={`Copy ${what.toLowerCase()}`}
          onClick={copy}
        >
          {copied ? <IconCheck size={14} stroke={2} /> : <IconCopy size={14} stroke={1.75} />}
        </ActionIcon>
      )}
    </CopyButton>
  );
}

function exactBytes(bytes: number | null): string | null {
  if (bytes === null) return null;
  const exact = `${bytes.toLocaleString('en')} bytes`;
  return bytes < 1000 ? exact : `${formatBytes(bytes)} (${exact})`;
}
