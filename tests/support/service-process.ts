import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { resolve } from 'node:path';

const CLI = resolve(import.meta.dirname, '../../packages/hermes/bin/hermes.mjs');

/** One of our processes, run as an operator would run it. */
export class ServiceProcess {
  readonly #child: ChildProcess;
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  #output = '';
  #isRunning = true;

  private constructor(command: string, args: readonly string[], env: Record<string, string>, cwd?: string) {
    // Only what is needed of our own environment: a variable of whoever runs the tests must not change them.
    const { PATH = '', HOME = '', TMPDIR, HERMES_CI_MARK } = process.env;
    this.#child = spawn(command, args, {
      env: {
        PATH,
        HOME,
        ...(TMPDIR === undefined ? {} : { TMPDIR }),
        ...(HERMES_CI_MARK === undefined ? {} : { HERMES_CI_MARK }),
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(cwd === undefined ? {} : { cwd }),
    });
    const keep = (chunk: Buffer) => {
      this.#output += chunk.toString();
    };
    this.#child.stdout?.on('data', keep);
    this.#child.stderr?.on('data', keep);
    this.exited = new Promise((done) => {
      this.#child.once('exit', (code, signal) => {
        this.#isRunning = false;
        done({ code, signal });
      });
      this.#child.once('error', (error) => {
        this.#isRunning = false;
        this.#output += error.message;
        done({ code: null, signal: null });
      });
    });
  }

  /** `hermes COMMAND` from source. */
  static hermes(args: readonly string[], env: Record<string, string>): ServiceProcess {
    return new ServiceProcess(process.execPath, [CLI, ...args], env);
  }

  static run(command: string, args: readonly string[], env: Record<string, string>, cwd?: string): ServiceProcess {
    return new ServiceProcess(command, args, env, cwd);
  }

  /** Standard output and error, as they came. */
  get output(): string {
    return this.#output;
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** Waits for a line; @throws with the output if the process ends first or a minute passes. */
  async untilOutput(pattern: RegExp): Promise<RegExpExecArray> {
    let match: RegExpExecArray | null = null;
    await this.until(() => {
      match = pattern.exec(this.#output);
      return match !== null;
    });
    if (match === null) throw new Error(`${pattern} came and went`);
    return match;
  }

  /** Waits until it is so; @throws with the output if the process ends first or a minute passes. */
  async until(condition: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = performance.now() + 60_000;
    while (!(await condition())) {
      if (!this.#isRunning) throw new Error(`The process has ended:\n${this.#output}`);
      if (performance.now() > deadline) throw new Error(`It did not come to that within a minute:\n${this.#output}`);
      await new Promise((done) => setTimeout(done, 50));
    }
  }

  signal(signal: NodeJS.Signals): void {
    if (this.#isRunning) this.#child.kill(signal);
  }

  /** kill -9, whatever its state. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.exited;
  }

  /** As Ctrl-C or a container engine would; kill -9 if that takes longer than 30 s. */
  async stop(): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    this.signal('SIGTERM');
    const timer = setTimeout(() => this.signal('SIGKILL'), 30_000);
    const end = await this.exited;
    clearTimeout(timer);
    return end;
  }
}

/** A port that nobody listens on now. */
export async function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => done(port));
    });
  });
}
