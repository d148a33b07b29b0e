import type { FastifyInstance, HTTPMethods } from 'fastify';
import { ProblemError } from '../problem-error.ts';

const METHODS: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** Answers 405 and `Allow` where an address that `register` makes is asked for by another method; Fastify would say 404. */
export function refuseOtherMethods(app: FastifyInstance, register: () => void): void {
  const taken = new Map<string, Set<HTTPMethods>>();
  let registering = true;
  app.addHook('onRoute', (route) => {
    if (!registering) return;
    const methods = taken.get(route.routePath) ?? new Set();
    for (const method of [route.method].flat()) methods.add(method.toUpperCase() as HTTPMethods);
    taken.set(route.routePath, methods);
  });
  register();
  registering = false;
  for (const [url, methods] of taken) {
    const allow = METHODS.filter((method) => methods.has(method)).join(', ');
    app.route({
      method: METHODS.filter((method) => !methods.has(method)),
      url,
      config: { permission: 'public' },
      handler: async (_request, reply) => {
        reply.header('allow', allow);
        throw new ProblemError('METHOD_NOT_ALLOWED', { detail: `This address takes ${allow}` });
      },
    });
  }
}
