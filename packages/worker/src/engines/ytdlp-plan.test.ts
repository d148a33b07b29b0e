import type { DownloadErrorCode } from '@hermes/contracts';
import { describe, expect, it } from 'vitest';
import { readPlan } from './ytdlp-plan.ts';

const film = {
  _type: 'video',
  id: 'x1',
  title: 'A film',
  format_id: '22',
  protocol: 'https',
  requested_downloads: [{}],
};
const picture = { format_id: '137', protocol: 'https', vcodec: 'avc1', acodec: 'none', filesize: 900, tbr: 4000 };
const sound = { format_id: '140', protocol: 'https', vcodec: 'none', acodec: 'mp4a', filesize: '100', tbr: 128 };
const plan = (info: unknown) => readPlan(JSON.stringify(info));

describe('readPlan', () => {
  it('knows the streams and their shares', () => {
    expect(plan({ ...film, requested_formats: [picture, sound] })).toMatchObject({
      title: 'A film',
      components: [
        { formatId: '137', stage: 'video', bytes: 900, weight: 900 },
        { formatId: '140', stage: 'audio', bytes: 100, weight: 100 },
      ],
    });
    const rates = plan({ ...film, requested_formats: [{ ...picture, filesize: null }, sound] });
    expect(rates.components.map(({ weight, bytes }) => [weight, bytes])).toEqual([
      [4000, null],
      [128, 100],
    ]);
    const nothing = { filesize: null, tbr: 'NaN' };
    const guess = plan({
      ...film,
      requested_formats: [
        { ...picture, ...nothing },
        { ...sound, ...nothing },
      ],
    });
    expect(guess.components.map(({ weight }) => weight)).toEqual([9, 1]);
  });

  it('takes a list of one for that one, and a name where there is no title', () => {
    expect(plan({ _type: 'playlist', entries: [film] })).toMatchObject({ title: 'A film', info: film });
    expect(plan({ ...film, title: null }).title).toBe('x1');
    expect(plan({ ...film, title: { odd: true }, id: 5 }).title).toBe('');
  });

  it.each<[string, unknown, DownloadErrorCode, RegExp]>([
    ['a list', { _type: 'playlist', entries: [film, film] }, 'UNSUPPORTED_URL', /list of 2/],
    ['a list of another page', { _type: 'playlist', entries: [{ _type: 'url' }] }, 'UNSUPPORTED_URL', /list of one/],
    ['an empty list', { _type: 'playlist', entries: [] }, 'UNSUPPORTED_URL', /./],
    ['a live stream', { ...film, is_live: true }, 'MEDIA_UNAVAILABLE', /live/],
    ['one that is to come', { ...film, live_status: 'is_upcoming' }, 'MEDIA_UNAVAILABLE', /live/],
    [
      'another protocol',
      { ...film, requested_formats: [picture, { ...sound, protocol: 'rtmp' }] },
      'UNSUPPORTED_URL',
      /rtmp/,
    ],
    ['several files', { ...film, requested_downloads: [{}, {}] }, 'OPTION_REFUSED', /several/],
    ['nothing', null, 'EXTRACTION_FAILED', /./],
    ['no object', [], 'EXTRACTION_FAILED', /./],
  ])('refuses %s', (_what, info, code, message) => {
    expect(() => plan(info)).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
  });

  it('refuses what is not JSON', () => {
    expect(() => readPlan('<html>')).toThrow(expect.objectContaining({ code: 'EXTRACTION_FAILED' }));
  });
});
