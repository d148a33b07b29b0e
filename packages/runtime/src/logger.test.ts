import Fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { createLogger, type Logger } from './logger.ts';
import { withoutSecrets } from './without-secrets.ts';

const SECRET = 'hermes_S3cretS3cretS3cret';

function recorder(): { logger: Logger; lines: () => string[] } {
  const lines: string[] = [];
  const logger = createLogger('test', 'trace', { write: (line: string) => void lines.push(line) });
  return { logger, lines: () => lines };
}

describe('a logger', () => {
  it('writes one line of JSON an entry', () => {
    const { logger, lines } = recorder();
    logger.info({ download_id: 'd-1' }, 'two\nlines');
    expect(lines()).toHaveLength(1);
    expect(lines()[0]?.match(/\n/g)).toHaveLength(1);
    expect(JSON.parse(lines()[0] ?? '')).toMatchObject({
      service: 'test',
      level: 30,
      download_id: 'd-1',
      msg: 'two\nlines',
      time: expect.stringMatching(/^\d{4}-.*Z$/),
    });
  });

  const cases: [string, (logger: Logger) => void][] = [
    ['a key on its own', (logger) => logger.info({ key: SECRET })],
    ['a token in the depth', (logger) => logger.info({ a: { b: { c: [{ token: SECRET }] } } })],
    ['a password', (logger) => logger.info({ redis: { password: 'S3cret"quoted\\' } })],
    ['headers', (logger) => logger.info({ headers: { Authorization: 'Bearer S3cret', 'X-API-Key': 'S3cret' } })],
    ['cookies that are set', (logger) => logger.info({ 'set-cookie': ['hermes_session=S3cret; Path=/', 'b=S3cret'] })],
    ['raw headers', (logger) => logger.info({ rawHeaders: ['Host', 'h', 'Cookie', 'hermes_session=S3cret'] })],
    ['headers as text', (logger) => logger.info('GET / HTTP/1.1\r\nCookie: a=b; hermes_session=S3cret\r\nHost: h')],
    ['a bearer in a text', (logger) => logger.info('sent bearer S3cret to the server')],
    ['a basic credential in a text', (logger) => logger.info('sent Basic YTpTM2NyZXQ=S3cret')],
    ['a cookie in a text', (logger) => logger.info('the cookie was hermes_session=S3cret')],
    ['a key in a text', (logger) => logger.info(`the key ${SECRET} was refused`)],
    ['a key as the name of a field', (logger) => logger.info({ seen: { [SECRET]: 1 } })],
    ['the query of a URL', (logger) => logger.info({ url: '/api/v1/events/stream?channels=queue&token=S3cret#x' })],
    ['a log-in code', (logger) => logger.info('open http://127.0.0.1:3000/login?code=S3cret')],
    ['a parameter in capitals', (logger) => logger.info({ url: '/?TOKEN=S3cret' })],
    ['a parameter with an encoded name', (logger) => logger.info({ url: '/?%74oken=S3cret' })],
    ['a request', (logger) => logger.info({ req: { method: 'GET', url: '/?anything=S3cret', ip: '127.0.0.1' } })],
    ['an error that names a URL', (logger) => logger.error(new Error('GET http://h/?key=S3cret failed'))],
    [
      'the cause of an error',
      (logger) => logger.error({ err: new Error('no', { cause: new Error('token=x ?token=S3cret') }) }),
    ],
    [
      'a command that hangs on an error',
      (logger) =>
        logger.error({ err: Object.assign(new Error('no'), { command: { name: 'auth', args: ['S3cret'] } }) }),
    ],
    ['the URL of a database', (logger) => logger.info('connecting to redis://user:S3cret/p@ss@h:6379/0')],
    ['credentials of a download', (logger) => logger.info({ url: 'https://user:S3cret@files.example.com/a' })],
    ['JSON within a text', (logger) => logger.info(JSON.stringify({ token: 'S3cret' }))],
    ['a child', (logger) => logger.child({ token: SECRET }).info('hello')],
  ];

  it.each(cases)('never writes %s', (_, log) => {
    const { logger, lines } = recorder();
    log(logger);
    expect(lines()).toHaveLength(1);
    expect(lines()[0]).not.toMatch(/S3cret/);
    expect(() => JSON.parse(lines()[0] ?? '')).not.toThrow();
  });

  it('logs what a server logs of its requests without their secrets', async () => {
    const { logger, lines } = recorder();
    const app = Fastify({ loggerInstance: logger });
    app.get('/fail', async (request) => {
      request.log.warn({ headers: request.headers, raw: request.raw.rawHeaders }, request.url);
      throw new Error(`no ${request.url}`);
    });
    await app.inject({
      url: '/fail?token=S3cret',
      headers: { authorization: 'Bearer S3cret', cookie: 'hermes_session=S3cret', 'x-api-key': 'S3cret' },
    });
    await app.inject('/nowhere?token=S3cret');
    await app.close();
    expect(lines().length).toBeGreaterThan(3);
    expect(lines().join('')).not.toMatch(/S3cret/);
    expect(lines().join('')).toContain('"path":"/fail"');
  });

  it('says what an error was, and what caused it', () => {
    const { logger, lines } = recorder();
    const cause = Object.assign(new TypeError('deep'), { code: 'E_DEEP' });
    logger.error({ err: new Error('shallow', { cause }) });
    logger.error({ err: 'only a text' });
    const [first, second] = lines().map((line) => JSON.parse(line));
    expect(first.err).toMatchObject({
      type: 'Error',
      message: 'shallow',
      stack: expect.stringContaining('logger.test.ts'),
      cause: { type: 'TypeError', code: 'E_DEEP', message: 'deep' },
    });
    expect(second.err).toBe('only a text');
  });
});

describe('withoutSecrets', () => {
  it.each([
    ['/events?token=abc', '/events?token=***'],
    ['/a?b=c&key=d&e=f', '/a?b=c&key=***&e=f'],
    ['https://h/@user?x=1', 'https://h/@user?x=1'],
    ['no basic problem here', 'no basic problem here'],
    ['hermes_session', 'hermes_session'],
    ['/api/v1/download/d-1', '/api/v1/download/d-1'],
  ])('%s → %s', (text, expected) => {
    expect(withoutSecrets(text)).toBe(expected);
  });
});
