import type { BigIntStats, Dirent } from 'node:fs';
import { lstat, opendir, realpath } from 'node:fs/promises';
import { z } from 'zod';

/**
 * What one directory holds by itself, without those below it, and what it looked like then. Paths are relative to the
 * root, as bytes in Latin-1: a name need not be valid UTF-8.
 */
const directoryRecordSchema = z.object({
  /** '': it is to be read again whatever it looks like. */
  fingerprint: z.string(),
  /** Regular files that have one name only. */
  files: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
  /** Files of several names: which one, its size, and how many names it has anywhere. */
  linked: z.array(z.tuple([z.string(), z.int().nonnegative(), z.int().nonnegative()])),
  subdirectories: z.array(z.string()),
});
type DirectoryRecord = z.infer<typeof directoryRecordSchema>;

/** With their paths; that of the root is ''. A list, since a directory may be called `__proto__`. */
export const treeSchema = z.array(z.tuple([z.string(), directoryRecordSchema]));
export type Tree = z.infer<typeof treeSchema>;

export interface TreeScan {
  tree: Tree;
  /** Every file once, however many names it has. */
  files: number;
  bytes: number;
  /** Directories that could not be read. */
  unreadable: number;
}

interface ScanTreeOptions {
  root: string;
  /** Of the scan before; null: everything is read. */
  previous: Tree | null;
  /** Names in the root that are left out. */
  exclude: readonly string[];
  signal: AbortSignal;
  onFiles?(count: number): void;
  /** The system's, or what counts its calls in a test. */
  io?: { lstat(path: Buffer, options: { bigint: true }): Promise<BigIntStats>; opendir: typeof opendir };
}

/** Two of the four threads that Node.js does file I/O with by default: the other two are for everything else. */
const CONCURRENCY = 2;
const BATCH = 256;
/** The coarsest time stamps in use (FAT): a change within it of an earlier one may not show. */
const GRANULARITY_NS = 2_000_000_000n;

/**
 * Adds up the regular files below a directory. Of a directory that looks as it did in the previous scan nothing is read
 * but itself: entries come and go only with a change of its time. (What grows in place in an unchanged directory is
 * therefore not seen: `previous: null` sees it.) Symbolic links are not followed. What vanishes meanwhile is not counted.
 * @throws the system's error if the root cannot be read; the signal's reason.
 */
export async function scanTree(options: ScanTreeOptions): Promise<TreeScan> {
  const scan = await walk(options);
  // A file that got a second name: under the first it may stand, as one of a single name, in a directory that was not
  // read again, and would count twice.
  const known = new Set((options.previous ?? []).flatMap(([, { linked }]) => linked.map(([inode]) => inode)));
  const isDoubtful = scan.reused > 0 && namesMissing(scan.tree).some((inode) => !known.has(inode));
  const { tree, unreadable } = isDoubtful ? await walk({ ...options, previous: null }) : scan;
  return { tree, unreadable, ...totalOf(tree) };
}

async function walk(options: ScanTreeOptions): Promise<{ tree: Tree; reused: number; unreadable: number }> {
  const { previous, exclude, signal, onFiles, io = { lstat, opendir } } = options;
  const root = await realpath(Buffer.from(options.root), { encoding: 'buffer' });
  const known = new Map(previous);
  const tree: Tree = [];
  let reused = 0;
  let unreadable = 0;
  const pending = [''];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    signal.throwIfAborted();
    const absolute = path === '' ? root : Buffer.concat([root, Buffer.from(`/${path}`, 'latin1')]);
    try {
      const before = known.get(path);
      const fingerprint = await fingerprintOf(absolute, io);
      if (fingerprint === null) {
        if (path === '') throw Object.assign(new Error('the root is no directory'), { code: 'ENOTDIR' });
        // Something else has taken its name.
        continue;
      }
      let record: DirectoryRecord;
      if (before !== undefined && fingerprint !== '' && before.fingerprint === fingerprint) {
        record = before;
        reused += 1;
      } else {
        record = await readDirectory(absolute, fingerprint, path === '' ? exclude : [], io, signal);
      }
      onFiles?.(record.files + record.linked.length);
      tree.push([path, record]);
      for (const name of record.subdirectories) pending.push(path === '' ? name : `${path}/${name}`);
    } catch (error) {
      signal.throwIfAborted();
      if (path === '') throw error;
      if (!hasVanished(error)) unreadable += 1;
    }
  }
  return { tree, reused, unreadable };
}

type Io = NonNullable<ScanTreeOptions['io']>;

/**
 * Changes with every entry that comes, goes or is renamed; size and number of links stand for the number of entries,
 * which would cost reading them. Taken before the directory is read: what changes meanwhile shows the next time.
 * @returns '' if a change may not show in it yet; null if it is no directory.
 */
async function fingerprintOf(path: Buffer, io: Io): Promise<string | null> {
  const stats = await io.lstat(path, { bigint: true });
  if (!stats.isDirectory()) return null;
  const { dev, ino, mtimeNs, ctimeNs, size, nlink } = stats;
  // Also from a clock that was ahead: then it is read until the time has come.
  if (mtimeNs + GRANULARITY_NS > BigInt(Date.now()) * 1_000_000n) return '';
  return [dev, ino, mtimeNs, ctimeNs, size, nlink].join(':');
}

async function readDirectory(
  path: Buffer,
  fingerprint: string,
  exclude: readonly string[],
  io: Io,
  signal: AbortSignal,
): Promise<DirectoryRecord> {
  const record: DirectoryRecord = { fingerprint, files: 0, bytes: 0, linked: [], subdirectories: [] };
  const add = async (entry: Dirent<Buffer>) => {
    const name = entry.name.toString('latin1');
    if (exclude.includes(name) || entry.isSymbolicLink()) return;
    if (entry.isDirectory()) {
      record.subdirectories.push(name);
      return;
    }
    const stats = await io.lstat(Buffer.concat([path, Buffer.from('/'), entry.name]), { bigint: true });
    // Some file systems do not say beforehand what an entry is.
    if (stats.isDirectory()) record.subdirectories.push(name);
    if (!stats.isFile()) return;
    if (stats.nlink > 1n) {
      record.linked.push([`${stats.dev}:${stats.ino}`, Number(stats.size), Number(stats.nlink)]);
    } else {
      record.files += 1;
      record.bytes += Number(stats.size);
    }
  };
  // Node.js has no type for the names that it gives with this encoding.
  const directory = await io.opendir(path as unknown as string, {
    encoding: 'buffer' as BufferEncoding,
    bufferSize: BATCH,
  });
  let batch: Dirent<Buffer>[] = [];
  for await (const entry of directory as unknown as AsyncIterable<Dirent<Buffer>>) {
    signal.throwIfAborted();
    if (batch.push(entry) < BATCH) continue;
    await addAll(batch, add);
    batch = [];
  }
  await addAll(batch, add);
  return record;
}

async function addAll(
  entries: readonly Dirent<Buffer>[],
  add: (entry: Dirent<Buffer>) => Promise<void>,
): Promise<void> {
  let next = 0;
  const take = async () => {
    for (let entry = entries[next++]; entry !== undefined; entry = entries[next++]) {
      try {
        await add(entry);
      } catch (error) {
        if (!hasVanished(error)) throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, take));
}

/** Files of which not every name was found. */
function namesMissing(tree: Tree): string[] {
  const found = new Map<string, { names: number; of: number }>();
  for (const [, { linked }] of tree) {
    for (const [inode, , of] of linked) found.set(inode, { names: (found.get(inode)?.names ?? 0) + 1, of });
  }
  return [...found].filter(([, { names, of }]) => names < of).map(([inode]) => inode);
}

function totalOf(tree: Tree): { files: number; bytes: number } {
  const linked = new Map<string, number>();
  let files = 0;
  let bytes = 0;
  for (const [, record] of tree) {
    files += record.files;
    bytes += record.bytes;
    for (const [inode, size] of record.linked) linked.set(inode, size);
  }
  for (const size of linked.values()) bytes += size;
  return { files: files + linked.size, bytes };
}

function hasVanished(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
}
