import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

/** A disk of 3 MiB in a mount namespace of its own, and Node in it. */
const IN_SMALL_DISK = [
  '--map-root-user',
  '--mount',
  'sh',
  '-c',
  'mount -t tmpfs -o size=3m tmpfs "$1" && shift && exec "$@"',
];
const hasNamespaces = spawnSync('unshare', [...IN_SMALL_DISK, 'sh', tmpdir(), 'true']).status === 0;

/** Fills the disk, tries to write, makes space, tries again. */
const SCRIPT = `
  import { rmSync, writeFileSync } from 'node:fs';
  const [open, dir] = process.argv.slice(1);
  const { openDatabase } = await import(open);
  let alarms = 0;
  const database = await openDatabase(dir + '/hermes.db', 512 * 1024 * 1024, () => alarms++);
  const bucket = (n) => ({ grain: 'day', starts_at: 'x'.repeat(3000) + n, downloads: n, completed: 0, failed: 0, cancelled: 0, bytes: 0, duration_ms: 0 });
  const insert = (from) => database.transaction().execute(async (transaction) => {
    for (let n = from; n < from + 100; n++) await transaction.insertInto('stats_buckets').values(bucket(n)).execute();
  });
  await insert(0);
  let filled = 0;
  try { for (; ; filled++) writeFileSync(dir + '/ballast' + filled, 'x'.repeat(65536)); } catch {}
  const refused = await insert(100).then(() => null, (error) => error.code);
  const kept = (await database.selectFrom('stats_buckets').select('downloads').execute()).length;
  for (let n = 0; n <= filled; n++) rmSync(dir + '/ballast' + n, { force: true });
  await insert(200);
  const rows = (await database.selectFrom('stats_buckets').select('downloads').execute()).length;
  await database.destroy();
  console.log(JSON.stringify({ refused, alarms: alarms > 0, kept, rows }));
`;

it.skipIf(!hasNamespaces)(
  'a full disk is told by its code, costs nothing that was written, and is over with the want of space',
  async () => {
    const dir = await mkdtemp(join(tmpdir(), 'hermes-disk-'));
    try {
      const node = [
        process.execPath,
        '--input-type=module',
        '-e',
        SCRIPT,
        join(import.meta.dirname, 'open-database.ts'),
        dir,
      ];
      const { stdout, stderr } = spawnSync('unshare', [...IN_SMALL_DISK, 'sh', dir, ...node], { encoding: 'utf8' });
      expect(stdout, stderr).toMatch(/^\{/);
      expect(JSON.parse(stdout)).toEqual({
        refused: expect.stringMatching(/^SQLITE_(FULL|IOERR_WRITE)$/),
        alarms: true,
        kept: 100,
        rows: 200,
      });
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  },
);
