import type { Locator, Page, Request } from 'playwright-core';

/** The dashboard as a person uses it, and what a test wants to know of it. */
export class DashboardPage {
  readonly page: Page;
  /** Requests of the page to the API since `countRequests`, streams included. */
  requests: Request[] = [];

  constructor(page: Page) {
    this.page = page;
    page.on('request', (request) => {
      if (new URL(request.url()).pathname.startsWith('/api/')) this.requests.push(request);
    });
  }

  /** Requests that ask for downloads, as polling does. */
  get polls(): string[] {
    return this.requests
      .filter((request) => request.method() === 'GET')
      .map((request) => new URL(request.url()).pathname)
      .filter((path) => /^\/api\/v1\/download(\/|$)/.test(path));
  }

  get streams(): string[] {
    return this.requests
      .map((request) => new URL(request.url()).pathname)
      .filter((path) => path.startsWith('/api/v1/events/') && !path.endsWith('/health'));
  }

  /** @param url the log-in URL, or the log-in page together with the key. */
  async open(url: string, key?: string): Promise<void> {
    await this.page.goto(url);
    if (key !== undefined) {
      await this.page.getByTestId('login-key').fill(key);
      await this.page.getByTestId('login-button').click();
    }
    await this.page.getByTestId('add-input').waitFor();
  }

  /** Adds what a person would paste. */
  async add(urls: readonly string[]): Promise<void> {
    await this.page.getByTestId('add-input').fill(urls.join('\n'));
    await this.page.getByTestId('add-button').click();
  }

  row(name: string): Locator {
    return this.page.getByTestId('download-row').filter({ hasText: name });
  }

  bar(name: string): Locator {
    return this.row(name).getByTestId('download-progress');
  }

  /** Waits until the page says so of its connection. */
  async untilConnection(state: 'live' | 'polling' | 'reconnecting' | 'off'): Promise<void> {
    await this.page
      .locator(
        `[data-testid="connection-status"] [data-state="${state}"], [data-testid="connection-status"][data-state="${state}"]`,
      )
      .first()
      .waitFor({ timeout: 60_000 });
  }

  /** From now on the page itself notes every value that the bar shows. */
  async recordBar(name: string): Promise<void> {
    await this.bar(name).evaluate((bar) => {
      const values: number[] = [];
      Object.assign(window, { barValues: values });
      const note = () => {
        const value = Number(bar.getAttribute('aria-valuenow') ?? Number.NaN);
        if (!Number.isNaN(value) && values.at(-1) !== value) values.push(value);
      };
      note();
      new MutationObserver(note).observe(bar, { attributes: true, attributeFilter: ['aria-valuenow'] });
    });
  }

  async recordedBar(): Promise<number[]> {
    return this.page.evaluate(() => (window as unknown as { barValues: number[] }).barValues);
  }
}
