import { createLogger } from '@hermes/runtime';
import { z } from 'zod';
import { SnapshotFile } from '../storage/snapshot-file.ts';

/** A process that writes one snapshot after the other until it is killed; each is so large that most of that is writing. */
const file = new SnapshotFile({
  path: process.argv[2] ?? '',
  version: 1,
  schema: z.string(),
  logger: createLogger('test', 'silent'),
});
for (let n = 0; ; n++) {
  await file.write({ generatedAt: Date.now(), data: String(n % 10).repeat(20_000_000) });
  // From here on there is one to be found whole.
  if (n === 0) process.send?.('written');
}
