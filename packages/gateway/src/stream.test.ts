import { hashSecret } from '@hermes/runtime';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GatewayHarness } from './testing/gateway-harness.ts';

describe('a stream', () => {
  let harness: GatewayHarness;
  beforeAll(async () => {
    harness = await GatewayHarness.start();
  });
  afterAll(() => harness.close());

  test('begins with connected and a snapshot, then carries what happens', async () => {
    await harness.createDownload('one');
    const stream = await harness.open('/api/v1/events/stream');
    const connected = await stream.next('connected');
    expect(connected.data).toMatchObject({ recovered: false, topics: expect.arrayContaining(['downloads', 'system']) });
    const snapshot = await stream.next('snapshot');
    expect(snapshot.data).toMatchObject({ downloads: [{ download_id: 'one', status: 'queued' }], page: 1, last: true });
    expect(snapshot.id).toBe(connected.data['cursor']);
    await harness.publisher.claimAttempt('one', {});
    const status = await stream.next('download_status');
    expect(status.data).toMatchObject({ download_id: 'one', status: 'downloading', previous_status: 'queued', attempt: 1 });
    expect(hashSecret('x')).toHaveLength(64);
    stream.close();
  });
});
