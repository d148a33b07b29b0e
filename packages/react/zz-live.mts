import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
(globalThis as any).window = globalThis;
(globalThis as any).document = { removeEventListener() {}, addEventListener() {} };
const { createApiClient, EventStream, authorization } = await import('../client/src/index.ts');
const { CacheWriter } = await import('./src/cache-writer.ts');
const { QueryClient } = await import('@tanstack/react-query');
const key = process.argv[2] as string;
const base = 'http://127.0.0.1:4711/api/v1';
const origin = createServer((req, res) => { res.setHeader('content-length', 4_000_000); let n = 0; const t = setInterval(() => { res.write(Buffer.alloc(200_000)); if (++n === 20) { clearInterval(t); res.end(); } }, 100); });
await new Promise<void>((r) => origin.listen(0, '127.0.0.1', r));
const url = `http://127.0.0.1:${(origin.address() as any).port}/f`;
const api = createApiClient({ baseUrl: base, apiKey: key });
console.log(await api.getConfig(), await api.getHealth());
const client = new QueryClient();
const writer = new CacheWriter(client);
const s = new EventStream({ url: `${base}/events/stream`, headers: authorization(key) });
s.subscribe(writer.receive);
const count: Record<string, number> = {};
s.subscribe((e: any) => { count[e.event] = (count[e.event] ?? 0) + 1; });
s.connection.subscribe(() => console.log(Date.now() % 100000, s.connection.get().state, s.connection.get().attempts, s.connection.get().error?.message));
s.open();
const lists = [{}, { status: ['completed', 'failed', 'cancelled'] as any, limit: 20 }];
for (const f of lists) client.setQueryData(['queue', f], writer.mergeQueueList(f, await api.listDownloads(f)));
for (let i = 0; i < 3; i++) await api.createDownload({ url: `${url}${i}` });
const t0 = Date.now();
while (Date.now() - t0 < Number(process.argv[3] ?? 12000)) {
  await new Promise((r) => setTimeout(r, 1000));
  const a: any = client.getQueryData(['queue', {}]); const b: any = client.getQueryData(['queue', lists[1]]);
  console.log(a.items.map((r: any) => `${r.status}:${r.progress}`), b?.items.length, a.total, JSON.stringify(a.as_of), b?.total, JSON.stringify(count));
}
for (const f of lists) {
  const { data, cursor } = await api.listDownloads(f as any);
  const held: any = client.getQueryData(['queue', f]);
  const same = (await import('node:util')).isDeepStrictEqual(held?.items, data.items) || [held?.items, data.items];
  console.log('same rows', same, 'counts', JSON.stringify(held?.counts) === JSON.stringify(data.counts), held?.total === data.total, cursor);
}
s.close(); origin.close(); origin.closeAllConnections(); client.clear();
