import { createParser } from 'eventsource-parser';
import { ServiceProcess } from '../../support/service-process.ts';
import type { SeenEvent, StartClient } from './foreign-client.ts';

/** curl in a loop, as in a shell script: it shows what comes, and the script keeps the last id. */
export const startCurl: StartClient = async ({ origin, path, key }) => {
  const ended: SeenEvent[] = [];
  let isClosed = false;
  let curl: ServiceProcess | null = null;

  const run = async () => {
    while (!isClosed) {
      const last = ended.at(-1)?.id ?? '';
      const resume = last === '' ? [] : ['-H', `Last-Event-ID: ${last}`];
      const headers = ['-H', `Authorization: Bearer ${key}`, ...resume];
      curl = ServiceProcess.run('curl', ['-sSN', ...headers, `${origin}${path}`], {});
      await curl.exited;
      ended.push(...eventsIn(curl.output, last));
      curl = null;
    }
  };
  const running = run();
  return {
    seen: async () => (curl === null ? ended : [...ended, ...eventsIn(curl.output, ended.at(-1)?.id ?? '')]),
    close: async () => {
      isClosed = true;
      await curl?.kill();
      await running;
    },
  };
};

function eventsIn(text: string, before: string): SeenEvent[] {
  const events: SeenEvent[] = [];
  let last = before;
  const parser = createParser({
    onId: (id) => {
      last = id;
    },
    onEvent: ({ event = 'message', data }) => events.push({ event, data, id: last }),
  });
  parser.feed(text);
  return events;
}
