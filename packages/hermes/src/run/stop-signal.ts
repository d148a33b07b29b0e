import { constants } from 'node:os';

/** The command was told to stop before it was done. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
  constructor() {
    super('Interrupted.');
  }
}

/** That the process is to stop, from its very beginning on. */
export interface StopSignal {
  /** Aborts when the process is told to stop. */
  readonly signal: AbortSignal;
  /** Listens no more. */
  release(): void;
}

const NAMES = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** npx and pnpm hand on the Ctrl-C that the terminal has sent to all of us already: that is no second one. */
const ECHO_MS = 700;
const STOP_TIMEOUT_MS = 20_000;

/**
 * The first SIGINT, SIGTERM or SIGHUP (the terminal was closed) asks to stop. A second SIGINT or SIGTERM ends the process
 * at once; so does a stop that takes longer than 20 s. Children that must not outlive it are ended on `exit`.
 */
export function listenForStop(): StopSignal {
  const stop = new AbortController();
  let stoppedAt = 0;
  let timer: NodeJS.Timeout | undefined;
  const on = (name: NodeJS.Signals) => {
    if (!stop.signal.aborted) {
      stoppedAt = performance.now();
      timer = setTimeout(() => {
        process.stderr.write('Stopping took too long; ending now. Nothing is lost: the next start goes on.\n');
        process.exit(1);
      }, STOP_TIMEOUT_MS);
      timer.unref();
      stop.abort(new InterruptedError());
      return;
    }
    // A shell that hangs up tells its jobs once more.
    if (name === 'SIGHUP' || performance.now() - stoppedAt < ECHO_MS) return;
    process.exit(128 + constants.signals[name]);
  };
  for (const name of NAMES) process.on(name, on);
  return {
    signal: stop.signal,
    release: () => {
      clearTimeout(timer);
      for (const name of NAMES) process.off(name, on);
    },
  };
}
