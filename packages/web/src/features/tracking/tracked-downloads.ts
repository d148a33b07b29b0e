const STORAGE_KEY = 'hermes.tracked';

/** The newest so many; older ones are found in the queue and in the history. */
const MOST = 30;

interface Storage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

/** What was added from this browser, newest first: the same in all its tabs, and after a reload. */
export class TrackedDownloads {
  readonly #storage: () => Storage;
  readonly #listeners = new Set<() => void>();
  #ids: readonly string[];

  /** @param storage a function, for even to look at it may be refused. */
  constructor(storage: () => Storage) {
    this.#storage = storage;
    this.#ids = this.#read();
  }

  get = (): readonly string[] => this.#ids;

  subscribe = (listener: () => void): (() => void) => {
    if (this.#listeners.size === 0) window.addEventListener('storage', this.#onStorage);
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) window.removeEventListener('storage', this.#onStorage);
    };
  };

  add(ids: readonly string[]): void {
    // Another tab may have added some since this one last looked.
    this.#write([...new Set([...ids, ...this.#read()])].slice(0, MOST));
  }

  remove(id: string): void {
    this.#write(this.#read().filter((other) => other !== id));
  }

  /** Of another tab: a page is not told of its own writes. */
  #onStorage = ({ key }: StorageEvent): void => {
    if (key !== null && key !== STORAGE_KEY) return;
    this.#ids = this.#read();
    this.#tell();
  };

  #write(ids: readonly string[]): void {
    this.#ids = ids;
    try {
      this.#storage().setItem(STORAGE_KEY, JSON.stringify(ids));
    } catch {
      // Without storage, or with a full one, they are tracked as long as the page lives.
    }
    this.#tell();
  }

  #read(): readonly string[] {
    try {
      const stored: unknown = JSON.parse(this.#storage().getItem(STORAGE_KEY) ?? '[]');
      return Array.isArray(stored) ? stored.filter((id) => typeof id === 'string').slice(0, MOST) : [];
    } catch {
      return this.#ids ?? [];
    }
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

export const trackedDownloads = new TrackedDownloads(() => localStorage);
