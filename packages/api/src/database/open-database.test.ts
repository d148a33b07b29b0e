import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { planOf } from '../testing/plan-of.ts';
import { DownloadStore } from './download-store.ts';
import { migrationProvider } from './migrations.ts';
import { type Database, openDatabase } from './open-database.ts';

const MIB = 1024 * 1024;
let home: string;
const opened: Database[] = [];

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'hermes-api-'));
});

afterEach(async () => {
  for (const database of opened.splice(0)) await database.destroy();
  await rm(home, { recursive: true, force: true });
});

async function open(maxBytes = 64 * MIB, path = join(home, 'deep', 'hermes.db')): Promise<Database> {
  const database = await openDatabase(path, maxBytes);
  opened.push(database);
  return database;
}

describe('the database', () => {
  it('is readable by its owner only', async () => {
    await open();
    expect((await stat(join(home, 'deep', 'hermes.db'))).mode & 0o777).toBe(0o600);
  });

  it('is migrated once, also by two processes at once', async () => {
    const [one] = await Promise.all([open(), open()]);
    await one?.destroy();
    opened.shift();
    const again = await open();
    const { rows } = await sql`select * from kysely_migration`.execute(again);
    expect(rows).toHaveLength(Object.keys(await migrationProvider.getMigrations()).length);
  });

  it('refuses to grow past its limit, and can still be read', async () => {
    const database = await open(MIB);
    const fill = async () => {
      for (let i = 0; i < 1000; i++) {
        await database
          .insertInto('api_keys')
          .values({
            ...{ id: `k${i}`, name: 'x'.repeat(4000), permissions: '[]', hint: '', sha256: `${i}` },
            ...{ is_admin: 0, created_at: '', expires_at: null },
          })
          .execute();
      }
    };
    await expect(fill()).rejects.toMatchObject({ code: 'SQLITE_FULL' });
    expect((await stat(join(home, 'deep', 'hermes.db'))).size).toBeLessThanOrEqual(MIB);
    expect((await database.selectFrom('api_keys').select('id').execute()).length).toBeGreaterThan(100);
  });

  it('ends sessions with their key', async () => {
    const database = await open();
    await expect(
      database
        .insertInto('sessions')
        .values({ sha256: 'a', key_id: 'unknown', created_at: '', expires_at: '' })
        .execute(),
    ).rejects.toThrow(/FOREIGN KEY/);
  });

  it('lists by status without sorting', async () => {
    const database = await open();
    const position = { created_at: '2026-01-01T00:00:00.000Z', download_id: 'a' };
    for (const after of [null, position]) {
      const query = new DownloadStore(database).listQuery('completed', 'newest', after, 10);
      const steps = (await planOf(database, query)).join('; ');
      expect(steps).toMatch(/downloads_status_created_at/);
      expect(steps).not.toMatch(/TEMP B-TREE/);
    }
  });

  it('says which file it cannot open', async () => {
    await expect(open(64 * MIB, '/dev/null/hermes.db')).rejects.toThrow(/\/dev\/null/);
  });
});
