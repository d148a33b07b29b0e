import type { Locator, Page } from 'playwright-core';

/** The queue as a person uses it. */
export class QueuePage {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  async open(origin: string, view: string): Promise<void> {
    await this.page.goto(`${origin}/queue?view=${view}`);
    await this.page.getByTestId('queue-row').first().waitFor();
  }

  row(name: string): Locator {
    return this.page.getByTestId('queue-row').filter({ hasText: name });
  }

  /** The names on the screen, from the top. */
  names(): Promise<string[]> {
    return this.page
      .getByTestId('queue-row')
      .evaluateAll((rows) =>
        rows
          .sort((a, b) => Number(a.getAttribute('aria-rowindex')) - Number(b.getAttribute('aria-rowindex')))
          .map((row) => row.querySelector('a')?.textContent ?? ''),
      );
  }

  async chosen(): Promise<number> {
    return this.page.locator('[data-testid="queue-row"][aria-selected="true"]').count();
  }
}
