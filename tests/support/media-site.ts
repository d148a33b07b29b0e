import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serveFile, type TestOrigin } from './test-origin.ts';

const TYPES: Readonly<Record<string, string>> = {
  mpd: 'application/dash+xml',
  m3u8: 'application/vnd.apple.mpegurl',
  m4s: 'video/iso.segment',
  ts: 'video/mp2t',
  mp4: 'video/mp4',
};

/** Six seconds of a moving picture and a tone, as ffmpeg makes them: real enough to be joined. */
const PICTURE = ['-f', 'lavfi', '-i', 'testsrc=size=320x240:rate=15:duration=6'];
const TONE = ['-f', 'lavfi', '-i', 'sine=frequency=440:duration=6'];
const ENCODE = ['-g', '15', '-c:v', 'libx264', '-preset', 'ultrafast', '-b:v', '400k', '-c:a', 'aac', '-b:a', '64k'];

/** Makes a video in the three ways in which sites have one: a file, an HLS playlist, DASH with its sound apart. */
export function makeMedia(ffmpeg: string): Map<string, Buffer> {
  const dir = mkdtempSync(join(tmpdir(), 'hermes-media-'));
  const make = (...args: string[]) =>
    execFileSync(ffmpeg, ['-v', 'error', ...PICTURE, ...TONE, ...ENCODE, ...args], { cwd: dir });
  try {
    make('film.mp4');
    make('-f', 'hls', '-hls_time', '1', '-hls_playlist_type', 'vod', 'index.m3u8');
    make('-f', 'dash', '-seg_duration', '1', 'manifest.mpd');
    return new Map(readdirSync(dir).map((name) => [name, readFileSync(join(dir, name))]));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** A page with a video on it, as yt-dlp's generic extractor finds it. */
export function videoPage(title: string, source: string, type: string): string {
  return `<html><head><title>${title}</title></head><body><video><source src="${source}" type="${type}"></video></body></html>`;
}

/** Serves the media below `/`, and a page for each way: `/file`, `/hls`, `/dash`. */
export function serveMedia(origin: TestOrigin, media: ReadonlyMap<string, Buffer>, bytesPerSecond?: number): void {
  for (const [name, content] of media) {
    const type = TYPES[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream';
    const pace = bytesPerSecond === undefined || /\.(?:mpd|m3u8)$/.test(name) ? {} : { bytesPerSecond };
    origin.on(`/${name}`, serveFile(content, { etag: `"${name}"`, headers: { 'content-type': type }, ...pace }));
  }
  const page = (path: string, title: string, source: string, type: string) =>
    origin.on(
      path,
      (_request, response) =>
        void response.writeHead(200, { 'content-type': 'text/html' }).end(videoPage(title, source, type)),
    );
  page('/file', 'A film: of "loopback" / part 1', 'film.mp4', 'video/mp4');
  page('/hls', 'In pieces', 'index.m3u8', 'application/x-mpegurl');
  page('/dash', 'Two streams', 'manifest.mpd', 'application/dash+xml');
}
