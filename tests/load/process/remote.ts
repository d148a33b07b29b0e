import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { taskset } from './cores.ts';

/** What a process of the benchmark can be asked to do. */
export type Commands = Record<string, (argument: never) => Promise<unknown>>;

type Argument<C extends Commands, Name extends keyof C> = Parameters<C[Name]>[0];
type Answer<C extends Commands, Name extends keyof C> = Awaited<ReturnType<C[Name]>>;

interface Request {
  call: number;
  name: string;
  argument: unknown;
}

type Response = { call: number; answer: unknown } | { call: number; error: string };

/** The side that is asked: answers until its parent goes away, and then ends. */
export function serveCommands(commands: Commands): void {
  process.on('message', (request: Request) => {
    const command = commands[request.name] as ((argument: unknown) => Promise<unknown>) | undefined;
    const answered =
      command === undefined ? Promise.reject(new Error(`no ${request.name}`)) : command(request.argument);
    answered.then(
      (answer) => process.send?.({ call: request.call, answer }),
      (error: unknown) => process.send?.({ call: request.call, error: String(error) }),
    );
  });
  process.on('disconnect', () => process.exit(0));
}

/** A Node process of our own that runs one file of this folder. */
export class RemoteProcess<C extends Commands> {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { done(answer: unknown): void; fail(error: Error): void }>();
  #calls = 0;
  #isRunning = true;

  constructor(file: string, core: number | null) {
    const [command, ...args] = [...taskset(core), process.execPath, file];
    this.#child = spawn(command as string, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#child.on('message', (response: Response) => {
      const waiting = this.#waiting.get(response.call);
      this.#waiting.delete(response.call);
      if ('error' in response) waiting?.fail(new Error(response.error));
      else waiting?.done(response.answer);
    });
    this.#child.once('exit', (code, signal) => {
      this.#isRunning = false;
      for (const { fail } of this.#waiting.values()) fail(new Error(`${file} ended (${signal ?? code})`));
      this.#waiting.clear();
    });
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  call<Name extends keyof C & string>(name: Name, argument: Argument<C, Name>): Promise<Answer<C, Name>> {
    const call = ++this.#calls;
    return new Promise((done, fail) => {
      if (!this.#isRunning) {
        fail(new Error(`${name}: the process has ended`));
        return;
      }
      this.#waiting.set(call, { done: done as (answer: unknown) => void, fail });
      this.#child.send({ call, name, argument } satisfies Request);
    });
  }

  async stop(): Promise<void> {
    if (!this.#isRunning) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }
}
