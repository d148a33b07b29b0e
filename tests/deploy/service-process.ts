import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** How long a process may take to come up or to end. */
const PATIENCE_MS = 20_000;

/** A program that runs beside the test, its output kept. */
export class ServiceProcess {
  readonly name: string;
  /** The exit code; null when a signal ended it. */
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;
  #output = '';

  constructor(name: string, program: string, args: readonly string[], cwd: string, env: Record<string, string>) {
    this.name = name;
    this.#child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const keep = (chunk: Buffer) => {
      this.#output += chunk.toString();
    };
    this.#child.stdout?.on('data', keep);
    this.#child.stderr?.on('data', keep);
    this.ended = new Promise((done, fail) => {
      this.#child.once('error', fail);
      this.#child.once('close', (code) => done(code));
    });
    // Whoever waits for the end is told; nobody has to.
    this.ended.catch(() => {});
  }

  get output(): string {
    return this.#output;
  }

  /** @throws if the process ends first, or the condition does not come true in time; both with what it had to say. */
  async until(condition: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    let hasEnded = false;
    void this.ended.then(() => {
      hasEnded = true;
    });
    while (!(await condition())) {
      if (hasEnded || performance.now() > deadline) {
        throw new Error(`${this.name} ${hasEnded ? 'has ended' : 'did not come up'}:\n${this.#output}`);
      }
      await delay(50);
    }
  }

  /** SIGTERM, as an operator's tools send it. @returns the exit code. @throws if it does not end in time. */
  async stop(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    const timer = new AbortController();
    const late = delay(PATIENCE_MS, 'late' as const, { signal: timer.signal }).catch(() => null);
    const code = await Promise.race([this.ended, late]);
    timer.abort();
    if (code === 'late') {
      this.#child.kill('SIGKILL');
      throw new Error(`${this.name} did not end on SIGTERM:\n${this.#output}`);
    }
    return code;
  }

  /** Whatever its state. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGKILL');
    await this.ended;
  }
}

/** A port of the loopback address that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (address === null || typeof address === 'string') throw new Error('There is no port');
  return address.port;
}
