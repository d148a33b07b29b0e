import { isDeepStrictEqual } from 'node:util';
import * as contracts from '@hermes/contracts';
import { z } from 'zod';

/** A JSON Schema, as OpenAPI 3.1 has it. */
export type JsonSchema = Record<string, unknown>;

const REFERENCE = '#/components/schemas/';

/** Every schema of the contracts, under the name it is exported by: `downloadSchema` is `Download`. */
const NAMED: ReadonlyMap<z.ZodType, string> = new Map(
  Object.entries<unknown>(contracts).flatMap(([name, schema]) =>
    name.endsWith('Schema') && schema instanceof z.ZodType
      ? [[schema, name.charAt(0).toUpperCase() + name.slice(1, -'Schema'.length)] as const]
      : [],
  ),
);
const REGISTRY = z.registry<{ id: string }>();
for (const [schema, id] of NAMED) REGISTRY.add(schema, { id });

/**
 * Turns zod schemas into JSON Schemas that refer to each other by name, and keeps those that were referred to. What a
 * request may hold is described as it is sent (`input`), an answer as it comes (`output`).
 */
export class JsonSchemas {
  readonly #used = new Map<string, JsonSchema>();
  readonly #all = { input: convertAll('input'), output: convertAll('output') };

  /**
   * @returns a reference to the component, or the schema itself where it has no name.
   * @throws if what a request and an answer call by one name is not the same.
   */
  describe(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
    const name = NAMED.get(schema);
    if (name !== undefined) return this.#use(`${REFERENCE}${name}`, io);
    const described = convert(schema, io);
    this.#useAllIn(described, io);
    return described;
  }

  /** Those that have been described so far, by name. */
  get components(): Record<string, JsonSchema> {
    return Object.fromEntries([...this.#used].sort(([a], [b]) => a.localeCompare(b)));
  }

  #use(reference: string, io: 'input' | 'output'): JsonSchema {
    const name = reference.slice(REFERENCE.length);
    const schema = this.#all[io][name];
    if (schema === undefined) throw new Error(`There is no schema ${name}`);
    const known = this.#used.get(name);
    if (known !== undefined && !isDeepStrictEqual(known, schema)) {
      throw new Error(`${name} is one thing in a request and another in an answer`);
    }
    if (known === undefined) {
      this.#used.set(name, schema);
      this.#useAllIn(schema, io);
    }
    return { $ref: reference };
  }

  #useAllIn(value: unknown, io: 'input' | 'output'): void {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (key === '$ref' && typeof inner === 'string') this.#use(inner, io);
      else this.#useAllIn(inner, io);
    }
  }
}

function convertAll(io: 'input' | 'output'): Record<string, JsonSchema> {
  const { schemas } = z.toJSONSchema(REGISTRY, { ...options(io), uri: (id) => `${REFERENCE}${id}` });
  return Object.fromEntries(
    Object.entries(schemas).map(([name, { $schema, $id, ...schema }]) => [name, schema as JsonSchema]),
  );
}

/** A schema without a name, whose parts may have one. */
function convert(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema, $defs, ...described } = z.toJSONSchema(schema, { ...options(io), metadata: REGISTRY });
  return JSON.parse(JSON.stringify(described).replaceAll('"#/$defs/', `"${REFERENCE}`)) as JsonSchema;
}

function options(io: 'input' | 'output') {
  return {
    io,
    override: ({
      zodSchema,
      jsonSchema,
    }: {
      zodSchema: z.core.$ZodTypes;
      jsonSchema: z.core.JSONSchema.BaseSchema;
    }) => {
      // An answer may grow: only what is strict in the contract refuses more.
      const { def } = zodSchema._zod;
      if (def.type === 'object' && def.catchall === undefined) delete jsonSchema.additionalProperties;
      // What a double can hold exactly is no limit of ours.
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  };
}
