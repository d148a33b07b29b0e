import { expect, it } from 'vitest';
import { curlStream, curlWithKey, curlWithToken } from './curl-command.ts';
import { NO_FILTER } from './inspected-event.ts';

const BASE = 'https://h.example/api/v1';

it.each([
  [{}, '/events/stream', 'all'],
  [{ topic: 'queue' }, '/events/stream?channels=queue', 'queue'],
  [{ topic: 'storage' }, '/events/stream?channels=storage', 'all'],
  [{ topic: 'control' }, '/events/stream', 'all'],
  [{ topic: 'queue', downloadId: 'abc-1' }, '/events/downloads/abc-1', 'download:abc-1'],
  // Nothing that a shell could take for more than an id.
  [{ downloadId: "a'; rm -rf ~" }, '/events/stream', 'all'],
])('narrows the stream as far as the server can: %j', (filter, path, scope) => {
  expect(curlStream(BASE, { ...NO_FILTER, ...filter })).toEqual({ url: BASE + path, scope });
});

it('writes a line for a shell', () => {
  const all = curlStream(BASE, NO_FILTER);
  expect(curlWithKey(all)).toBe(`curl -N -H 'Authorization: Bearer YOUR_API_KEY' '${BASE}/events/stream'`);
  expect(curlWithToken(all, 'hermes_stream_x')).toBe(`curl -N '${BASE}/events/stream?token=hermes_stream_x'`);
  expect(curlWithToken(curlStream(BASE, { ...NO_FILTER, topic: 'queue' }), 't')).toContain('?channels=queue&token=t');
});
