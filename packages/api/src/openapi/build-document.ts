import {
  API_BASE,
  CONTROL_FRAMES,
  EVENTS,
  PERMISSIONS,
  PROBLEM_CONTENT_TYPE,
  PROBLEMS,
  type ProblemCode,
  problemSchema,
  SESSION_COOKIE,
} from '@hermes/contracts';
import { z } from 'zod';
import { VERSION } from '../version.ts';
import { type JsonSchema, JsonSchemas } from './json-schemas.ts';
import {
  type Answer,
  type HeaderName,
  impliedProblems,
  isConditional,
  type Operation,
  type Operations,
  TAGS,
} from './operation.ts';

const HEADERS: Record<HeaderName | 'ETag' | 'Retry-After', string> = {
  'Hermes-Cursor': 'The position in the log that this is true as of, `<epoch>:<seq>`: a stream goes on from there.',
  'Set-Cookie': 'The session; HttpOnly, SameSite=Strict.',
  'Content-Disposition': 'The name of the file.',
  'Content-Range': 'Which bytes these are.',
  'Accept-Ranges': '`bytes`.',
  'Last-Modified': 'When the file was written.',
  ETag: 'For `If-None-Match`.',
  'Retry-After': 'Seconds.',
};

/** An OpenAPI 3.1 document of these operations. */
export function buildDocument(operations: Operations): JsonSchema {
  const schemas = new JsonSchemas();
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [name, operation] of Object.entries(operations)) {
    const [method = '', route = ''] = name.split(' ');
    const path = route.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [method.toLowerCase()]: describeOperation(name, operation, schemas) };
  }
  const events = describeEvents(schemas);
  return {
    openapi: '3.1.1',
    info: {
      title: 'Hermes',
      version: VERSION,
      description:
        'A self-hosted downloader whose progress can be watched live. Times are ISO 8601 in UTC, sizes bytes, speeds bytes a second; `null` means unknown, never 0.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: API_BASE }],
    tags: Object.entries(TAGS).map(([tag, description]) => ({ name: tag, description })),
    paths,
    components: {
      schemas: schemas.components,
      headers: Object.fromEntries(
        Object.entries(HEADERS).map(([name, description]) => [name, { description, schema: { type: 'string' } }]),
      ),
      examples: Object.fromEntries(
        Object.entries(PROBLEMS).map(([code, { title, status }]) => [
          code,
          { summary: title, value: { type: 'about:blank', title, status, code } },
        ]),
      ),
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'An API key.' },
        key: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'An API key.' },
        session: { type: 'apiKey', in: 'cookie', name: SESSION_COOKIE, description: 'Set by `POST /auth/login`.' },
        token: { type: 'apiKey', in: 'query', name: 'token', description: 'Made by `POST /events/token`.' },
      },
    },
    'x-permissions': PERMISSIONS,
    'x-events': events,
  };
}

function describeOperation(name: string, operation: Operation, schemas: JsonSchemas): JsonSchema {
  const { tag, summary, description, permission, takesToken, body, bodyExample } = operation;
  const schemes = ['bearer', 'key', 'session', ...(takesToken ? ['token'] : [])];
  const needs = permission === 'public' ? '' : `Needs the permission \`${permission}\`.`;
  return {
    operationId: operationIdOf(name),
    tags: [tag],
    summary,
    description: [description, needs].filter((text) => text).join('\n\n'),
    security: permission === 'public' ? [] : schemes.map((scheme) => ({ [scheme]: [] })),
    parameters: describeParameters(name, operation, schemas),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: schemas.describe(body, 'input'), example: bodyExample } },
          },
        }),
    responses: { ...describeAnswers(name, operation, schemas), ...describeProblems(name, operation, schemas) },
  };
}

/** `GET /download/:id` → `getDownloadById`. */
function operationIdOf(name: string): string {
  const [method = '', path = ''] = name.split(' ');
  const words = path.split(/[/-]/).filter((word) => word !== '');
  return (
    method.toLowerCase() +
    words.map((word) => (word[0] === ':' ? `By${capital(word.slice(1))}` : capital(word))).join('')
  );
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function describeParameters(
  name: string,
  { params = {}, query, headers = {}, ...operation }: Operation,
  schemas: JsonSchemas,
) {
  const inPath = Object.entries(params).map(([key, schema]) => ({
    name: key,
    in: 'path',
    required: true,
    schema: schemas.describe(schema, 'input'),
  }));
  const inQuery = Object.entries(query?.shape ?? {})
    // That is how one shows who one is: under `security`.
    .filter(([key]) => key !== 'token')
    .map(([key, schema]) => ({
      name: key,
      in: 'query',
      required: !(schema as z.ZodType).safeParse(undefined).success,
      schema: schemas.describe(schema as z.ZodType, 'input'),
      // `a,b`; a repetition is taken as well.
      style: 'form',
      explode: false,
    }));
  const asked = Object.entries(headers);
  if (isConditional(name, { ...operation, query, headers, params } as Operation)) {
    asked.push([
      'If-None-Match',
      { schema: z.string(), description: 'An `ETag`: 304 if the answer would be the same again.' },
    ]);
  }
  const inHeader = asked.map(([key, { schema, description }]) => ({
    name: key,
    in: 'header',
    required: false,
    description,
    schema: schemas.describe(schema, 'input'),
  }));
  return [...inPath, ...inQuery, ...inHeader];
}

function describeAnswers(name: string, operation: Operation, schemas: JsonSchemas): JsonSchema {
  const conditional = isConditional(name, operation);
  const described = Object.entries(operation.answers).map(([status, answer]) => {
    const headers = [...(answer.headers ?? []), ...(conditional && status === '200' ? ['ETag'] : [])];
    return [status, { description: answer.description, ...headersOf(headers), ...contentOf(answer, schemas) }];
  });
  if (conditional) {
    const headers = ['ETag', ...(operation.answers[200]?.headers ?? [])];
    described.push(['304', { description: 'What the caller has is still true', ...headersOf(headers) }]);
  }
  return Object.fromEntries(described);
}

function headersOf(names: readonly string[]): JsonSchema {
  if (names.length === 0) return {};
  return { headers: Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }])) };
}

function contentOf({ schema, example, media }: Answer, schemas: JsonSchemas): JsonSchema {
  const content: JsonSchema = {};
  if (schema !== undefined) content['application/json'] = { schema: schemas.describe(schema, 'output'), example };
  for (const [type, text] of Object.entries(media ?? {})) content[type] = { schema: { type: 'string' }, example: text };
  return Object.keys(content).length === 0 ? {} : { content };
}

/** One answer a status, with an example of each problem that has it. */
function describeProblems(name: string, operation: Operation, schemas: JsonSchemas): JsonSchema {
  const codes = [...new Set<ProblemCode>([...operation.problems, ...impliedProblems(name, operation)])];
  const schema = schemas.describe(problemSchema, 'output');
  const byStatus = Map.groupBy(codes, (code) => PROBLEMS[code].status);
  const described = [...byStatus].map(([status, those]) => {
    const examples = Object.fromEntries(those.map((code) => [code, { $ref: `#/components/examples/${code}` }]));
    const answer = operation.answers[status];
    const retryable = those.some((code) => PROBLEMS[code].retryable);
    return [
      String(status),
      {
        description: [answer?.description, ...those.map((code) => `${code}: ${PROBLEMS[code].title}`)]
          .filter((text) => text !== undefined)
          .join('. '),
        ...headersOf(retryable ? ['Retry-After'] : []),
        content: {
          ...(answer === undefined ? {} : (contentOf(answer, schemas).content as JsonSchema)),
          [PROBLEM_CONTENT_TYPE]: { schema, examples },
        },
      },
    ];
  });
  return Object.fromEntries(described);
}

/** What streams carry: OpenAPI 3.1 has no words for it. */
function describeEvents(schemas: JsonSchemas): JsonSchema {
  const told = Object.entries(EVENTS).map(([event, { topic, class: kind, data }]) => [
    event,
    { topic, class: kind, data: schemas.describe(data as z.ZodType, 'output') },
  ]);
  const frames = Object.entries(CONTROL_FRAMES).map(([event, data]) => [
    event,
    { topic: null, class: 'control', data: schemas.describe(data as z.ZodType, 'output') },
  ]);
  return Object.fromEntries([...told, ...frames]);
}
