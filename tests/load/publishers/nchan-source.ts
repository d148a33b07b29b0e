import { once } from 'node:events';
import { connect } from 'node:net';
import { measuredFact, measuredProgress } from '../process/measured-event.ts';
import type { EventSource } from './event-source.ts';

const END_OF_HEAD = '\r\n\r\n';

/** Posts to Nchan over one connection, pipelined: as quick as HTTP can be, and in order. */
export async function openNchanSource(port: number): Promise<EventSource> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  await once(socket, 'connect');
  const waiting: { done(answer: string): void; fail(error: Error): void }[] = [];
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
    for (;;) {
      const end = text.indexOf(END_OF_HEAD);
      if (end === -1) return;
      const length = Number(/content-length: (\d+)/i.exec(text.slice(0, end))?.[1] ?? 0);
      const next = end + END_OF_HEAD.length + length;
      if (text.length < next) return;
      const head = text.slice(0, end);
      text = text.slice(next);
      const first = waiting.shift();
      if (/^HTTP\/1\.1 20[12]/.test(head)) first?.done(head);
      else first?.fail(new Error(head));
    }
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    for (const { fail } of waiting.splice(0)) fail(new Error('the connection to Nchan has ended'));
  });
  const post = (channel: string, event: string, data: unknown) =>
    new Promise<string>((done, fail) => {
      const body = JSON.stringify(data);
      waiting.push({ done, fail });
      socket.write(
        `POST /pub/${channel} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n` +
          `x-eventsource-event: ${event}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      );
    });
  return {
    prepare: async () => {},
    fact: (measured) => post('all', 'system_notification', measuredFact(measured)),
    progress: (id, measured) => post(id, 'download_progress', measuredProgress(id, measured)),
    close: () => socket.destroy(),
  };
}
