import { type ClientHttp2Session, connect } from 'node:http2';
import { type Sample, SampledStream } from './sampled-stream.ts';

/** Streams over TLS and HTTP/2, each on a connection of its own as from another browser, all read in full. */
export class SecureSample {
  readonly #sessions: ClientHttp2Session[] = [];
  readonly #sample: Sample;

  constructor(sample: Sample) {
    this.#sample = sample;
  }

  /** Resolves when the stream has begun. */
  async open(url: string, ca: string, headers: Record<string, string>): Promise<void> {
    const { origin, pathname, search } = new URL(url);
    const session = connect(origin, { ca });
    this.#sessions.push(session);
    const stream = new SampledStream(this.#sample);
    const request = session.request({ ':path': pathname + search, accept: 'text/event-stream', ...headers });
    request.setEncoding('utf8');
    await new Promise<void>((done, fail) => {
      session.once('error', fail);
      request.once('error', fail);
      request.once('response', ({ ':status': status }) => {
        if (status !== 200) fail(new Error(`The stream was refused with ${status}`));
      });
      request.on('data', (text: string) => {
        stream.feed(text);
        done();
      });
    });
  }

  close(): void {
    for (const session of this.#sessions.splice(0)) {
      session.on('error', () => {});
      session.destroy();
    }
  }
}
