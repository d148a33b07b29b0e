import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findOnPath } from '@hermes/runtime';
import { freePort } from '../../support/service-process.ts';
import type { PeerPageName } from '../clients/measured-page.ts';
import { ServerUnderTest } from '../process/server-under-test.ts';

/** Another downloader with a page of its own, downloading. */
export interface TorrentClient {
  readonly origin: string;
  stop(): Promise<void>;
}

const PROGRAMS = { qbittorrent: 'qbittorrent-nox', transmission: 'transmission-daemon' } as const;
const START_TIMEOUT_MS = 30_000;

export function hasTorrentClient(name: PeerPageName): boolean {
  return findOnPath([PROGRAMS[name]]) !== null;
}

/**
 * As it is when it was installed, but for this: no log-in from this machine, no queue, no search for peers.
 * @param torrents in Base64
 * @returns once all of them are on their way
 */
export async function startTorrentClient(name: PeerPageName, torrents: readonly string[]): Promise<TorrentClient> {
  const dir = await mkdtemp(join(tmpdir(), `hermes-${name}-`));
  const [port, peerPort] = [await freePort(), await freePort()];
  const origin = `http://127.0.0.1:${port}`;
  const { command, add, running } = await (name === 'qbittorrent' ? prepareQbittorrent : prepareTransmission)({
    dir,
    origin,
    port,
    peerPort,
  });
  const server = await ServerUnderTest.start(command, null, { HOME: dir }, port);
  const stop = async () => {
    await server.stop('SIGKILL');
    await rm(dir, { recursive: true, force: true });
  };
  try {
    await add(torrents);
    const deadline = performance.now() + START_TIMEOUT_MS;
    while ((await running()) < torrents.length) {
      if (performance.now() > deadline) throw new Error(`${name} does not download`);
      await delay(100);
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { origin, stop };
}

interface Place {
  dir: string;
  origin: string;
  port: number;
  peerPort: number;
}

interface Prepared {
  command: string[];
  add(torrents: readonly string[]): Promise<void>;
  /** How many have begun to come. */
  running(): Promise<number>;
}

/** https://github.com/qbittorrent/qBittorrent/wiki/WebUI-API-(qBittorrent-4.1) */
async function prepareQbittorrent({ dir, origin, port, peerPort }: Place): Promise<Prepared> {
  const config = join(dir, 'qBittorrent/config');
  await mkdir(config, { recursive: true });
  await writeFile(
    join(config, 'qBittorrent.conf'),
    `[LegalNotice]
Accepted=true
[BitTorrent]
Session\\DefaultSavePath=${dir}/files
Session\\Port=${peerPort}
Session\\QueueingSystemEnabled=false
Session\\DHTEnabled=false
Session\\LSDEnabled=false
Session\\PeXEnabled=false
[Preferences]
WebUI\\Address=127.0.0.1
WebUI\\Port=${port}
WebUI\\LocalHostAuth=false
`,
  );
  const api = async (path: string, body?: FormData): Promise<unknown> => {
    const response = await fetch(`${origin}/api/v2/torrents/${path}`, body && { method: 'POST', body });
    if (!response.ok) throw new Error(`qBittorrent answered ${path} with ${response.status}`);
    const text = await response.text();
    return text.startsWith('[') ? JSON.parse(text) : text;
  };
  return {
    command: [PROGRAMS.qbittorrent, `--profile=${dir}`],
    add: async (torrents) => {
      const form = new FormData();
      for (const [index, torrent] of torrents.entries()) {
        form.append('torrents', new Blob([Buffer.from(torrent, 'base64')]), `${index}.torrent`);
      }
      await api('add', form);
    },
    running: async () => ((await api('info')) as { progress: number }[]).filter(({ progress }) => progress > 0).length,
  };
}

/** https://github.com/transmission/transmission/blob/3.00/extras/rpc-spec.txt */
async function prepareTransmission({ dir, origin, port, peerPort }: Place): Promise<Prepared> {
  const settings = {
    'download-dir': join(dir, 'files'),
    'rpc-bind-address': '127.0.0.1',
    'rpc-port': port,
    'peer-port': peerPort,
    'download-queue-enabled': false,
    'dht-enabled': false,
    'lpd-enabled': false,
    'pex-enabled': false,
  };
  await writeFile(join(dir, 'settings.json'), JSON.stringify(settings));
  let session = '';
  const rpc = async (method: string, args: object): Promise<Record<string, unknown>> => {
    const response = await fetch(`${origin}/transmission/rpc`, {
      method: 'POST',
      headers: { 'x-transmission-session-id': session },
      body: JSON.stringify({ method, arguments: args }),
    });
    if (response.status === 409) {
      session = response.headers.get('x-transmission-session-id') ?? '';
      return rpc(method, args);
    }
    const answer = (await response.json()) as { result: string; arguments: Record<string, unknown> };
    if (answer.result !== 'success') throw new Error(`Transmission answered ${method} with ${answer.result}`);
    return answer.arguments;
  };
  return {
    command: [PROGRAMS.transmission, '--foreground', '--config-dir', dir],
    add: async (torrents) => {
      for (const metainfo of torrents) await rpc('torrent-add', { metainfo });
    },
    running: async () => {
      const { torrents } = await rpc('torrent-get', { fields: ['percentDone'] });
      return (torrents as { percentDone: number }[]).filter(({ percentDone }) => percentDone > 0).length;
    },
  };
}
