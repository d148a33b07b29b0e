import { constants } from 'node:os';

const NAMES = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Resolves at the first SIGINT, SIGTERM or SIGHUP (the terminal was closed). A second one ends the process at once, except
 * that a shell which hangs up tells its jobs more than once.
 */
export function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((done) => {
    const on = (signal: NodeJS.Signals) => {
      for (const name of NAMES) {
        process.off(name, on);
        process.on(name, () => {
          if (name !== 'SIGHUP') process.exit(128 + constants.signals[name]);
        });
      }
      done(signal);
    };
    for (const name of NAMES) process.on(name, on);
  });
}
