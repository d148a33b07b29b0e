import { API_BASE, problemSchema } from '@hermes/contracts';
import type { LightMyRequestResponse } from 'fastify';
import { OPERATIONS } from '../openapi/all-operations.ts';
import { impliedProblems, isConditional } from '../openapi/operation.ts';

/** Of a part only; of a log that has begun. */
const SOMETIMES = new Set<string>(['Content-Range', 'Hermes-Cursor']);

/**
 * Holds an answer to what the document says of its address.
 * @throws if it is one that the document does not know. Addresses and methods that there are not are none of its business.
 */
export function expectDocumented(method: string, url: string, answer: LightMyRequestResponse): void {
  const name = operationNameOf(method, url.slice(API_BASE.length).replace(/\?.*$/, '').replace(/\/$/, ''));
  const operation = name === undefined ? undefined : OPERATIONS[name];
  if (name === undefined || operation === undefined) return;
  const defect = (what: string) => new Error(`${name} ${what}: ${answer.statusCode} ${answer.body.slice(0, 500)}`);
  const type = String(answer.headers['content-type'] ?? '');
  if (answer.statusCode === 304) {
    if (!isConditional(name, operation)) throw defect('answers 304, which is not documented');
  } else if (type.startsWith('application/problem+json')) {
    const { code } = problemSchema.parse(answer.json());
    const known = [...operation.problems, ...impliedProblems(name, operation)];
    if (!known.includes(code)) throw defect(`refuses with ${code}, which is not documented`);
  } else {
    const documented = operation.answers[answer.statusCode];
    if (documented === undefined) throw defect('answers what is not documented');
    if (documented.schema !== undefined && type.startsWith('application/json')) {
      const checked = documented.schema.safeParse(answer.json());
      if (!checked.success) throw defect(`answers what is not of its schema (${checked.error.message})`);
    } else if (
      answer.body !== '' &&
      !Object.keys(documented.media ?? {}).some((media) => media === '*/*' || type.startsWith(media))
    ) {
      throw defect(`answers with a body that is not documented (${type})`);
    }
    if (answer.statusCode === 200 && (answer.headers.etag !== undefined) !== isConditional(name, operation)) {
      throw defect('has an ETag where the document has none, or the other way round');
    }
    for (const header of documented.headers ?? []) {
      if (!SOMETIMES.has(header) && answer.headers[header.toLowerCase()] === undefined) throw defect(`lacks ${header}`);
    }
  }
}

/** Names without a parameter go first, as in the router. */
function operationNameOf(method: string, path: string): string | undefined {
  const names = Object.keys(OPERATIONS).sort((a, b) => a.split(':').length - b.split(':').length);
  return names.find((name) => new RegExp(`^${name.replace(/:\w+/g, '[^/]+')}$`).test(`${method} ${path}`));
}
