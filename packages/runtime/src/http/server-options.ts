import { PROBLEM_CONTENT_TYPE } from '@hermes/contracts';
import { type FastifyBaseLogger, type FastifyServerOptions, LogController } from 'fastify';
import type { Config } from '../config.ts';
import type { Logger } from '../logger.ts';
import { ProblemError } from '../problem-error.ts';
import { sendProblem, toProblemError } from './problem-handler.ts';

/** What every HTTP server of ours is made with. */
export function serverOptions(config: Config, logger: Logger): FastifyServerOptions {
  return {
    // As the base type, so that the instance is the plain one that plugins take.
    loggerInstance: logger as FastifyBaseLogger,
    // No logger of its own for every request: an open stream would keep it, some 2 KB each, and never write a line.
    childLoggerFactory: (parent) => parent,
    // One line a request would bury what matters; failures are logged by the problem handler.
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: config.HERMES_TRUSTED_PROXIES.length === 0 ? false : [...config.HERMES_TRUSTED_PROXIES],
    bodyLimit: 1024 * 1024,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 200 },
    requestIdHeader: false,
    // Fastify would answer by itself, and not as a problem: `answerProblems` does it.
    return503OnClosing: false,
    // A URL that cannot be decoded reaches no route, and so no error handler.
    frameworkErrors: (error, request, reply) => {
      sendProblem(request, reply, toProblemError(error));
    },
    clientErrorHandler: (error, socket) => {
      if (error.code === 'ECONNRESET' || !socket.writable) return;
      const body = JSON.stringify(
        new ProblemError('VALIDATION_FAILED', { detail: 'This is not an HTTP request that can be read' }).toProblem(),
      );
      socket.end(
        `HTTP/1.1 400 Bad Request\r\nContent-Type: ${PROBLEM_CONTENT_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
          `Connection: close\r\n\r\n${body}`,
      );
    },
  };
}
