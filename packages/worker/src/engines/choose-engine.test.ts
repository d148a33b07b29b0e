import { describe, expect, it } from 'vitest';
import { findYtdlp } from '../../../../tests/support/programs.ts';
import { GuardedProxy } from '../guard/guarded-proxy.ts';
import { chooseEngine } from './choose-engine.ts';
import { YtdlpEngine } from './ytdlp-engine.ts';

const programs = findYtdlp();
const never = new AbortController().signal;

describe('chooseEngine', () => {
  it('takes HTTP for a file, and where there is no yt-dlp, without asking anybody', async () => {
    const unasked = { knows: () => Promise.reject(new Error('asked')) };
    for (const url of ['https://youtube.com/a/film.MP4', 'https://a.example/x.tar.gz?token=1']) {
      expect(await chooseEngine(url, unasked, never)).toBe('http');
    }
    expect(await chooseEngine('https://www.youtube.com/watch?v=dQw4w9WgXcQ', undefined, never)).toBe('http');
  });

  it('takes HTTP if yt-dlp does not run, and stops when the worker does', async () => {
    const broken = { knows: () => Promise.reject(new Error('ENOENT')) };
    expect(await chooseEngine('https://a.example/', broken, never)).toBe('http');
    const stopped = AbortSignal.abort(new Error('the worker stops'));
    await expect(chooseEngine('https://a.example/', broken, stopped)).rejects.toThrow('the worker stops');
  });

  it.skipIf(programs === null)('takes yt-dlp for the pages of sites that it knows', { timeout: 120_000 }, async () => {
    const idleTimeoutMs = 10_000;
    const proxy = await GuardedProxy.start({ allowPrivate: false, idleTimeoutMs });
    const program = programs?.ytdlp ?? '';
    const engine = new YtdlpEngine({ program, hasFfmpeg: true, jsRuntime: null, proxy, maxBytes: null, idleTimeoutMs });
    try {
      const known = ['https://www.youtube.com/watch?v=dQw4w9WgXcQ', 'https://vimeo.com/76979871'];
      const unknown = ['https://example.com/', 'http://127.0.0.1:9/page', 'https://www.debian.org/distrib/'];
      for (const url of known) expect(await chooseEngine(url, engine, never), url).toBe('yt-dlp');
      for (const url of unknown) expect(await chooseEngine(url, engine, never), url).toBe('http');
    } finally {
      await engine.close();
    }
  });
});
