import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

interface Sample {
  name: string;
  /** Bytes. */
  size: number;
  bytesPerSecond: number;
  /** So much of it comes at once: as if it had begun a while ago. 0–1. */
  begun: number;
  priority?: number;
  /** What the site answers instead of the file. */
  refusal?: number;
}

const MB = 1_000_000;

/** A queue as somebody might have it one evening. Small for what they are: pictures are not worth gigabytes. */
export const SAMPLES: readonly Sample[] = [
  { name: 'alpine-standard-3.23.0-x86_64.iso', size: 21 * MB, bytesPerSecond: 40 * MB, begun: 1 },
  { name: 'Blender-5.0-Reference-Manual.epub', size: 8 * MB, bytesPerSecond: 6 * MB, begun: 0.4 },
  { name: 'firmware-router-v4.2.1.bin', size: 4 * MB, bytesPerSecond: MB, begun: 1, refusal: 404 },
  { name: 'Big.Buck.Bunny.2008.2160p.60fps.mkv', size: 240 * MB, bytesPerSecond: 0.82 * MB, begun: 0.62 },
  { name: 'debian-14.1.0-amd64-DVD-1.iso', size: 320 * MB, bytesPerSecond: 1.46 * MB, begun: 0.31 },
  { name: 'osm-planet-extract-europe-west-2026-11.osm.pbf', size: 180 * MB, bytesPerSecond: 0.51 * MB, begun: 0.08 },
  { name: 'librivox-moby-dick-complete.zip', size: 96 * MB, bytesPerSecond: 0.37 * MB, begun: 0.87 },
  { name: 'Tears.of.Steel.2012.1080p.webm', size: 60 * MB, bytesPerSecond: MB, begun: 0 },
  { name: 'wikipedia_en_all_nopic_2026-10.zim', size: 120 * MB, bytesPerSecond: MB, begun: 0, priority: 40 },
  { name: 'nasa-apollo-11-flight-recordings.tar.xz', size: 70 * MB, bytesPerSecond: MB, begun: 0, priority: 30 },
];

const STEP = 64 * 1024;

/** Serves zeros: a part at once, the rest at its pace. */
export function serveSample({ size, bytesPerSecond, begun, refusal }: Sample) {
  return async (_request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (refusal !== undefined) {
      response.writeHead(refusal).end();
      return;
    }
    response.writeHead(200, { 'content-length': size, 'content-type': 'application/octet-stream' });
    const chunk = Buffer.alloc(STEP);
    const startedAt = performance.now();
    for (let at = 0; at < size && !response.destroyed; at += STEP) {
      const flowing = response.write(chunk.subarray(0, Math.min(STEP, size - at)));
      if (!flowing) await Promise.race([new Promise((done) => response.once('drain', done)), delay(1000)]);
      const due = startedAt + ((at - begun * size) / bytesPerSecond) * 1000;
      if (due > performance.now()) await delay(due - performance.now());
    }
    response.end();
  };
}
