import { TestStream } from '../../support/test-stream.ts';
import type { SeenEvent, StartClient } from './foreign-client.ts';

/** `fetch` and the npm package `eventsource-parser`. */
export const startParser: StartClient = async ({ origin, path, key }) => {
  const streams: TestStream[] = [];
  let isClosed = false;
  let last: string | undefined;

  const run = async () => {
    while (!isClosed) {
      const headers = { authorization: `Bearer ${key}`, ...(last === undefined ? {} : { 'last-event-id': last }) };
      const stream = await TestStream.open(`${origin}${path}`, headers);
      streams.push(stream);
      await stream.ended;
      last = stream.lastEventId ?? last;
    }
  };
  const running = run();
  return {
    seen: async () => {
      let id = '';
      return streams.flatMap(({ received }) =>
        received.map((message): SeenEvent => {
          id = message.id ?? id;
          return { event: message.event, data: JSON.stringify(message.data), id };
        }),
      );
    },
    close: async () => {
      isClosed = true;
      for (const stream of streams) stream.close();
      await running;
    },
  };
};
