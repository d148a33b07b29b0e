import { expect, vi } from 'vitest';
import type { ScriptPage } from '../conformance/browsers/script-browser.ts';

const PATIENCE = { timeout: 60_000, interval: 250 };

/** The dashboard in a browser of any engine, by scripts that every engine understands. */
export class ScriptDashboard {
  readonly #page: ScriptPage;

  constructor(page: ScriptPage) {
    this.#page = page;
  }

  /** @param url the dashboard, or the log-in by a one-use link, which leads there. */
  async open(url: string): Promise<void> {
    await this.#page.open(url);
    await vi.waitFor(
      async () => expect(await this.#page.run(`return ${find('[data-testid="add-input"]')} !== null`)).toBe(true),
      PATIENCE,
    );
  }

  /** Pastes it into the box, and presses the button. */
  async add(url: string): Promise<void> {
    await this.#page.run(`
      const input = ${find('[data-testid="add-input"]')};
      Object.getOwnPropertyDescriptor(Object.getPrototypeOf(input), 'value').set.call(input, ${JSON.stringify(url)});
      input.dispatchEvent(new Event('input', { bubbles: true }));`);
    await vi.waitFor(
      async () =>
        expect(
          await this.#page.run(`
            const button = ${find('[data-testid="add-button"]')};
            if (button.disabled) return false;
            button.click();
            return true;`),
        ).toBe(true),
      PATIENCE,
    );
  }

  async untilConnection(state: 'live' | 'polling'): Promise<void> {
    await vi.waitFor(async () => expect(await this.connection()).toBe(state), PATIENCE);
  }

  async connection(): Promise<unknown> {
    return this.#page.run(`return ${find('[data-testid="connection-status"] [data-state]')}?.dataset.state`);
  }

  /** What the page says of its connection beside the list; '' when there is nothing to say. */
  async banner(): Promise<string> {
    return (await this.#page.run(`return ${find('[data-testid="connection-banner"]')}?.textContent ?? ''`)) as string;
  }

  async untilStatus(name: string, status: 'downloading' | 'completed'): Promise<void> {
    const row = `${find('[data-testid="download-row"]', name)}`;
    await vi.waitFor(async () => expect(await this.#page.run(`return ${row}?.dataset.status`)).toBe(status), PATIENCE);
  }

  /** From now on the page itself notes every value that the bar shows. */
  async recordBar(name: string): Promise<void> {
    const bar = `${find('[data-testid="download-row"]', name)}?.querySelector('[data-testid="download-progress"]')`;
    await vi.waitFor(
      async () =>
        expect(
          await this.#page.run(`
            const bar = ${bar};
            if (!bar) return false;
            const values = (window.barValues = []);
            const note = () => {
              const value = Number(bar.getAttribute('aria-valuenow') ?? NaN);
              if (!Number.isNaN(value) && values.at(-1) !== value) values.push(value);
            };
            note();
            new MutationObserver(note).observe(bar, { attributes: true, attributeFilter: ['aria-valuenow'] });
            return true;`),
        ).toBe(true),
      PATIENCE,
    );
  }

  async recordedBar(): Promise<number[]> {
    return (await this.#page.run('return window.barValues')) as number[];
  }
}

/** A script for the first such element, or null; with `text`, the first that has it in its text. */
function find(selector: string, text = ''): string {
  const all = `[...document.querySelectorAll(${JSON.stringify(selector)})]`;
  return `(${all}.find((element) => element.textContent.includes(${JSON.stringify(text)})) ?? null)`;
}
