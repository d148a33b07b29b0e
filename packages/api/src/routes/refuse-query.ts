import { validate } from '@hermes/runtime';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';

const noQuerySchema = z.strictObject({});

/**
 * For addresses that take no query: a parameter that would be ignored is a mistake that its sender should learn of.
 * @throws {ProblemError} VALIDATION_FAILED, naming every parameter.
 */
export function refuseQuery(request: FastifyRequest): void {
  validate(noQuerySchema, request.query, 'query');
}
