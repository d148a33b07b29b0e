import { globSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findWebKit } from '../../support/programs.ts';
import { freePort, ServiceProcess } from '../../support/service-process.ts';
import type { ScriptBrowser } from './script-browser.ts';

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
    return {
      open: async (to) => {
        await command(`${session}/url`, { url: to });
      },
      run: (body) => command(`${session}/execute/sync`, { script: body, args: [] }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function command(url: string, body: unknown): Promise<unknown> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  const { value } = (await response.json()) as { value: unknown };
  if (!response.ok) throw new Error(`WebDriver answered ${response.status}: ${JSON.stringify(value)}`);
  return value;
}
