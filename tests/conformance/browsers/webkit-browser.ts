import { globSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findWebKit } from '../../support/programs.ts';
import { freePort, ServiceProcess } from '../../support/service-process.ts';
import type { ScriptBrowser, ScriptPage } from './script-browser.ts';

const MINI_BROWSER = '/usr/lib/*/webkit2gtk-4.1/MiniBrowser';

/** WebKit, Safari's engine, over plain WebDriver on a screen of its own. */
export async function startWebKit(): Promise<ScriptBrowser> {
  const programs = findWebKit();
  const [binary] = globSync(MINI_BROWSER);
  if (programs === null || binary === undefined) throw new Error('There is no WebKit on this machine');
  const [home, port] = await Promise.all([mkdtemp(join(tmpdir(), 'hermes-webkit-')), freePort()]);
  // It takes a display that is free, and says which.
  const screen = ServiceProcess.run(
    programs.screen,
    ['-displayfd', '1', '-screen', '0', '1024x768x24', '-nolisten', 'tcp'],
    { HOME: home },
  );
  const stopAll: (() => Promise<unknown>)[] = [() => screen.stop()];
  const close = async () => {
    for (const stop of stopAll.reverse()) await stop();
    await rm(home, { recursive: true, force: true });
  };
  try {
    const [, display] = await screen.untilOutput(/^(\d+)\n/m);
    const driver = ServiceProcess.run(programs.driver, [`--port=${port}`], {
      HOME: home,
      DISPLAY: `:${display}`,
      WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1',
    });
    stopAll.push(() => driver.stop());
    const url = `http://127.0.0.1:${port}`;
    await driver.until(() =>
      fetch(`${url}/status`).then(
        (response) => response.ok,
        () => false,
      ),
    );
    const { sessionId } = (await command(`${url}/session`, {
      capabilities: {
        alwaysMatch: { browserName: 'MiniBrowser', 'webkitgtk:browserOptions': { binary, args: ['--automation'] } },
      },
    })) as { sessionId: string };
    const session = `${url}/session/${sessionId}`;
    stopAll.push(() => fetch(session, { method: 'DELETE' }));
    const tabs = new WebKitTabs(session);
    return { ...tabs.page(await tabs.current()), newPage: async () => tabs.page(await tabs.open()), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A session of WebDriver speaks to one tab at a time: what is for another goes there first. */
class WebKitTabs {
  readonly #session: string;
  #last: Promise<unknown> = Promise.resolve();

  constructor(session: string) {
    this.#session = session;
  }

  async current(): Promise<string> {
    return (await command(`${this.#session}/window`)) as string;
  }

  async open(): Promise<string> {
    const { handle } = (await this.#inTurn(() => command(`${this.#session}/window/new`, { type: 'tab' }))) as {
      handle: string;
    };
    return handle;
  }

  page(handle: string): ScriptPage {
    const send = (path: string, body: unknown) =>
      this.#inTurn(async () => {
        await command(`${this.#session}/window`, { handle });
        return command(this.#session + path, body);
      });
    return {
      open: async (url) => {
        await send('/url', { url });
      },
      run: (body) => send('/execute/sync', { script: body, args: [] }),
    };
  }

  #inTurn(task: () => Promise<unknown>): Promise<unknown> {
    const result = this.#last.then(task);
    this.#last = result.catch(() => undefined);
    return result;
  }
}

/** @param body what is posted; without one the command is a question. */
async function command(url: string, body?: unknown): Promise<unknown> {
  const response = await fetch(url, body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) });
  const { value } = (await response.json()) as { value: unknown };
  if (!response.ok) throw new Error(`WebDriver answered ${response.status}: ${JSON.stringify(value)}`);
  return value;
}
