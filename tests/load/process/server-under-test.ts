import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { taskset } from './cores.ts';

const START_TIMEOUT_MS = 20_000;

/** A server under test, with a process (group) of its own. */
export class ServerUnderTest {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #output = '';

  private constructor(command: readonly string[], core: number | null, env: Record<string, string>) {
    const [program, ...args] = [...taskset(core), ...command];
    const { PATH = '', HOME = '' } = process.env;
    this.#child = spawn(program as string, args, {
      env: { PATH, HOME, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#ended = once(this.#child, 'exit');
    // Only its end is kept: it is shown when the server does not come up.
    const keep = (chunk: Buffer) => {
      this.#output = (this.#output + chunk.toString()).slice(-4000);
    };
    this.#child.stdout?.on('data', keep);
    this.#child.stderr?.on('data', keep);
  }

  /** Resolves when the server takes connections. */
  static async start(
    command: readonly string[],
    core: number | null,
    env: Record<string, string>,
    port: number,
  ): Promise<ServerUnderTest> {
    const server = new ServerUnderTest(command, core, env);
    const deadline = performance.now() + START_TIMEOUT_MS;
    while (!(await accepts(port))) {
      const { exitCode } = server.#child;
      if (exitCode !== null || performance.now() > deadline) {
        await server.stop('SIGKILL');
        throw new Error(`${command.join(' ')} did not come up:\n${server.#output}`);
      }
      await delay(20);
    }
    return server;
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  async stop(signal: NodeJS.Signals): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill(signal);
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 5000);
    await this.#ended;
    clearTimeout(timer);
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      done(true);
    });
    socket.once('error', () => done(false));
  });
}
