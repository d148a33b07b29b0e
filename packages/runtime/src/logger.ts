import { type DestinationStream, type Logger, pino } from 'pino';

export type { Logger } from 'pino';

/** What must never reach a log line, also not through a URL. */
const SECRETS = /([?&](?:token|key|api_key|code)=)[^&#\s]*/gi;

/** `/events?token=abc` → `/events?token=***` */
export function withoutSecrets(url: string): string {
  return url.replace(SECRETS, '$1***');
}

/** One JSON line an entry. Requests are logged by method, path and address: never by header. */
export function createLogger(service: string, level = 'info', destination?: DestinationStream): Logger {
  const options = {
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: ['*.authorization', '*.cookie', '*["x-api-key"]', '*.key', '*.token', '*.secret'],
    serializers: {
      req: (request: { method: string; url: string; ip?: string }) => ({
        method: request.method,
        url: withoutSecrets(request.url),
        address: request.ip,
      }),
    },
  };
  return destination ? pino(options, destination) : pino(options);
}
