import { type CreateApiKeyResponse, DOWNLOAD_STATUSES, type Download, isFinalStatus } from '@hermes/contracts';
import type { BrowserContext, Page } from 'playwright-core';
import { expect, vi } from 'vitest';
import { Deployment } from '../deploy/deployment.ts';
import { serveFile, TestOrigin, testBytes } from '../support/test-origin.ts';

const FILE = testBytes(4_000_000);
/**
 * So slow that no test sees the end of it, and fast enough for bars to move; and that a page which asks every two seconds,
 * and tells the percentage once a second, is right for longer than it is behind.
 */
const SLOW = 8_000;

interface ShownRow {
  id: string | null;
  status: string | null;
  priority: string;
  progress: number | null;
}

/** The services as processes of their own, and the queue page of a browser that watches them. */
export class RecoveryScene {
  readonly deployment: Deployment;
  readonly #origin: TestOrigin;
  readonly #adminKey: string;
  #bytesPerSecond = SLOW;
  #ids: Record<string, string> = {};

  private constructor(deployment: Deployment, origin: TestOrigin, adminKey: string) {
    this.deployment = deployment;
    this.#origin = origin;
    this.#adminKey = adminKey;
  }

  static async start(caddy: string): Promise<RecoveryScene> {
    const environment = { HERMES_CONCURRENCY: '8', HERMES_RATE_LIMIT_PER_MINUTE: '100000' };
    const [deployment, origin] = await Promise.all([Deployment.start(caddy, { environment }), TestOrigin.start()]);
    return new RecoveryScene(deployment, origin, await deployment.adminKey());
  }

  async close(): Promise<void> {
    await this.deployment.close();
    await this.#origin.close();
  }

  /** The queue page, live, and so high that every row is on the screen. */
  async open(context: BrowserContext, key = this.#adminKey): Promise<Page> {
    const page = await context.newPage();
    await page.setViewportSize({ width: 1280, height: 4000 });
    await page.goto(`${this.deployment.origin}/login?next=${encodeURIComponent('/queue?view=all')}`);
    await this.logIn(page, key);
    await untilState(page, 'live');
    return page;
  }

  async logIn(page: Page, key = this.#adminKey): Promise<void> {
    await page.getByTestId('login-key').fill(key);
    await page.getByTestId('login-button').click();
    await page.getByTestId('connection-status').waitFor();
  }

  async createKey(expiresAt: Date | null): Promise<CreateApiKeyResponse> {
    const permissions = ['read', 'write', 'download'];
    const body = { name: 'page', permissions, expires_at: expiresAt?.toISOString() ?? null };
    return (await this.call('POST', '/auth/api-keys', body)) as CreateApiKeyResponse;
  }

  /** Downloads that are under way while the page is looked at: it hears of them by the stream. */
  async begin(page: Page): Promise<void> {
    this.#bytesPerSecond = SLOW;
    this.#ids = {};
    for (const name of ['ends', 'goes', 'waits']) await this.#add(name, () => this.#bytesPerSecond);
    await this.untilSame(page);
    await vi.waitFor(async () => {
      const rows = await shownRows(page);
      for (const id of Object.values(this.#ids)) {
        const row = rows.find((shown) => shown.id === id);
        expect(row?.status).toBe('downloading');
        expect(row?.progress ?? 0).toBeGreaterThan(0);
      }
    }, PATIENCE);
  }

  /** What is under way ends, without a word to the API. */
  finish(): void {
    this.#bytesPerSecond = 100_000_000;
    this.#origin.cut();
  }

  /** One ends, one is removed, one paused, one comes and ends, one comes and goes on, one comes and goes. */
  async changeMuch(): Promise<void> {
    const { goes, waits, ends } = this.#ids;
    await this.call('DELETE', `/download/${goes}`);
    await this.call('POST', `/download/${waits}/pause`);
    await this.#add('comes', () => 100_000_000);
    await this.#add('new', () => SLOW);
    const short = await this.#add('short-lived', () => SLOW);
    await this.call('DELETE', `/download/${short}`);
    this.finish();
    await vi.waitFor(async () => {
      const statuses = new Map((await this.#downloads()).map(({ download_id, status }) => [download_id, status]));
      const wanted = { ends: 'completed', comes: 'completed', waits: 'paused', new: 'downloading', goes: undefined };
      for (const [name, status] of Object.entries(wanted)) expect(statuses.get(this.#ids[name] ?? '')).toBe(status);
      expect(ends).toBeDefined();
    }, PATIENCE);
  }

  /** Waits until the page shows what a fresh read answers. @returns milliseconds since `from` (of `performance.now`). */
  async untilSame(page: Page, from = performance.now()): Promise<number> {
    await vi.waitFor(
      async () => {
        const [shown, fresh] = await Promise.all([shownRows(page), this.#downloads()]);
        expect(shown).toEqual(fresh.map(expectedRow).sort(byId));
      },
      { ...PATIENCE, interval: 50 },
    );
    return performance.now() - from;
  }

  /** @param path below `/api/v1`. */
  async call(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.deployment.origin}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.#adminKey}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} was answered with ${response.status}: ${answer}`);
    return answer === '' ? null : JSON.parse(answer);
  }

  async #add(name: string, pace: () => number): Promise<string> {
    const path = `/${name}-${performance.now()}.bin`;
    this.#origin.on(path, (request, response) =>
      serveFile(FILE, {
        etag: `"${path}"`,
        get bytesPerSecond() {
          return pace();
        },
      })(request, response),
    );
    const { download_id } = (await this.call('POST', '/download', { url: this.#origin.url(path) })) as Download;
    this.#ids[name] = download_id;
    return download_id;
  }

  async #downloads(): Promise<Download[]> {
    const path = `/download/queue?limit=100&status=${DOWNLOAD_STATUSES.join(',')}`;
    return ((await this.call('GET', path)) as { items: Download[] }).items;
  }
}

const PATIENCE = { timeout: 30_000, interval: 200 };
/** A page may be asked to come back 10 s later, and a busy machine needs its time as well. */
const STATE_MS = 60_000;

export async function untilState(page: Page, state: 'live' | 'reconnecting' | 'polling' | 'off'): Promise<void> {
  await page
    .locator(`[data-testid="connection-status"] [data-state="${state}"]`)
    .waitFor({ timeout: STATE_MS, state: 'attached' });
}

/** Waits until the page says that, above the list. */
export async function untilSaid(page: Page, text: RegExp): Promise<void> {
  await page
    .getByTestId('connection-banner')
    .filter({ hasText: text })
    .waitFor({ timeout: PATIENCE.timeout, state: 'attached' });
}

async function shownRows(page: Page): Promise<ShownRow[]> {
  const rows = await page.getByTestId('queue-row').evaluateAll((elements) =>
    elements.map((row) => {
      const progress = row.querySelector('[role="progressbar"]')?.getAttribute('aria-valuenow');
      return {
        id: row.getAttribute('data-download-id'),
        status: row.getAttribute('data-status'),
        priority: row.querySelector('.queue-priority')?.textContent ?? '',
        progress: progress == null ? null : Number(progress),
      };
    }),
  );
  return rows.sort(byId);
}

function expectedRow({ download_id, status, priority, progress, downloaded_bytes }: Download): ShownRow {
  const hasBar = !isFinalStatus(status) && (downloaded_bytes > 0 || status === 'downloading');
  return {
    id: download_id,
    status,
    priority: isFinalStatus(status) ? '' : String(priority),
    progress: !hasBar || progress === null || status === 'processing' ? null : Math.floor(Math.min(progress, 99.9)),
  };
}

function byId(a: ShownRow, b: ShownRow): number {
  return String(a.id).localeCompare(String(b.id));
}
