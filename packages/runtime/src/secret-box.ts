import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

const KEY_BYTES = 32;
/** NIST SP 800-38D: a random nonce of 96 bits, the tag whole. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** In front of what is sealed, so that another way may follow. */
const FORMAT = 'v1.';
const KEY_FILE = /^[0-9a-f]{64}\n?$/;

interface Keys {
  seal: Buffer;
  fingerprint: Buffer;
}

/**
 * Seals what must lie in Redis and in the database and be of no use to whoever reads only those: AES-256-GCM by a key
 * that lies in a file of its own. What is sealed for one purpose does not open for another.
 */
export class SecretBox {
  readonly #path: string;
  #keys: Promise<Keys> | null = null;

  /** @param path `HERMES_SECRET_KEY_FILE`: 64 hex digits, readable by its owner only. */
  constructor(path: string) {
    this.#path = path;
  }

  /**
   * @param purpose what it is sealed for: the id of a download.
   * @throws if the key file can neither be read nor made. It is made by the first call of all.
   */
  async seal(purpose: string, text: string): Promise<string> {
    const { seal } = await this.#open(true);
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', seal, nonce).setAAD(Buffer.from(purpose));
    const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return FORMAT + sealed.toString('base64url');
  }

  /** @throws if the key file cannot be read, or it was sealed by another key, for another purpose, or changed since. */
  async open(purpose: string, sealed: string): Promise<string> {
    if (!sealed.startsWith(FORMAT)) throw new Error('This was not sealed in a way that is known here');
    const bytes = Buffer.from(sealed.slice(FORMAT.length), 'base64url');
    try {
      return unseal(await this.#open(false), purpose, bytes);
    } catch {
      // The key may have been brought, or changed, since it was read.
      this.#keys = null;
      return unseal(await this.#open(false), purpose, bytes);
    }
  }

  /** Equal for equal texts, and of no use for guessing them. */
  async fingerprint(text: string): Promise<string> {
    const { fingerprint } = await this.#open(true);
    return createHmac('sha256', fingerprint).update(text).digest('hex');
  }

  #open(mayCreate: boolean): Promise<Keys> {
    this.#keys ??= readKeys(this.#path, mayCreate).catch((error: unknown) => {
      this.#keys = null;
      throw error;
    });
    return this.#keys;
  }
}

function unseal({ seal }: Keys, purpose: string, bytes: Buffer): string {
  const [nonce, tag] = [bytes.subarray(0, NONCE_BYTES), bytes.subarray(-TAG_BYTES)];
  const decipher = createDecipheriv('aes-256-gcm', seal, nonce, { authTagLength: TAG_BYTES })
    .setAAD(Buffer.from(purpose))
    .setAuthTag(tag);
  const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
  return Buffer.concat([text, decipher.final()]).toString('utf8');
}

async function readKeys(path: string, mayCreate: boolean): Promise<Keys> {
  const text = (await readText(path)) ?? (mayCreate ? await createKeyFile(path) : null);
  if (text === null) throw new Error(`There is no ${path}: the API makes it, and workers need the same one`);
  // Its content is shown to nobody.
  if (!KEY_FILE.test(text)) throw new Error(`${path} does not hold a key: 64 hex digits`);
  const secret = Buffer.from(text.trim(), 'hex');
  const derive = (use: string) => Buffer.from(hkdfSync('sha256', secret, '', `hermes ${use}`, KEY_BYTES));
  return { seal: derive('seal'), fingerprint: derive('fingerprint') };
}

/** Of two that make it at once one wins, and both read that one's. */
async function createKeyFile(path: string): Promise<string | null> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomUUID()}`;
  try {
    await writeFile(draft, `${randomBytes(KEY_BYTES).toString('hex')}\n`, { mode: 0o600, flag: 'wx', flush: true });
    await link(draft, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(draft, { force: true });
  }
  return readText(path);
}

async function readText(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
