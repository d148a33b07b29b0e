import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '../engines/download-failure.ts';
import type { AttemptDirectory, PartialState } from './attempt-directory.ts';
import { splitExtension } from './file-name.ts';

/** File systems without hard links (exFAT, some network shares) say one of these. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EINVAL'];

interface WholeFile {
  size: number;
  sha256: string;
}

/**
 * Gives the finished part a name in the download directory that does not exist yet: `name.ext`, `name (1).ext`, …
 * Nothing is ever overwritten. Each name is recorded before it is tried.
 * @param linkFile `link(2)`, or what a test puts in its place.
 * @returns the name it got.
 * @throws {DirectoryLostError} if a newer attempt has taken over.
 */
export async function placeFile(
  directory: AttemptDirectory,
  state: PartialState,
  whole: WholeFile,
  linkFile: typeof link = link,
): Promise<string> {
  const part = directory.partPath(state.name);
  for (let n = 0; ; n += 1) {
    const name = numbered(state.name, n);
    const target = join(directory.downloadDir, name);
    if (await exists(target)) continue;
    await directory.writeState({ ...state, placed: { name, ...whole } });
    const placed = await directory.whileHeld(async () => {
      try {
        await linkFile(part, target);
        return true;
      } catch (error) {
        if (systemCode(error) === 'EEXIST') return false;
        if (!NO_LINKS.includes(systemCode(error))) throw error;
        return renameExclusively(part, target);
      }
    });
    if (placed) return name;
  }
}

/** What an attempt before had placed when it ended; null if it had not come that far. */
export async function findPlaced(
  directory: AttemptDirectory,
  state: PartialState,
): Promise<(WholeFile & { name: string }) | null> {
  const { placed } = state;
  if (placed === null) return null;
  const target = join(directory.downloadDir, placed.name);
  const [file, part] = await Promise.all([statOf(target), statOf(directory.partPath(state.name))]);
  if (file === null || file.size !== placed.size) return null;
  if (part !== null) return part.ino === file.ino && part.dev === file.dev ? placed : null;
  // It was renamed and not linked: only the bytes can tell that it is the one.
  return (await sha256Of(target)) === placed.sha256 ? placed : null;
}

export function numbered(name: string, n: number): string {
  if (n === 0) return name;
  const [stem, extension] = splitExtension(name);
  return `${stem} (${n})${extension}`;
}

/** `rename` overwrites, so the name is taken first, exclusively. */
async function renameExclusively(part: string, target: string): Promise<boolean> {
  try {
    await (await open(target, 'wx')).close();
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  }
  try {
    await rename(part, target);
    return true;
  } catch (error) {
    await rm(target, { force: true });
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  return (await statOf(path)) !== null;
}

async function statOf(path: string): Promise<{ ino: bigint; dev: bigint; size: number } | null> {
  try {
    // Inode numbers of some file systems do not fit a double.
    const { ino, dev, size } = await stat(path, { bigint: true });
    return { ino, dev, size: Number(size) };
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
