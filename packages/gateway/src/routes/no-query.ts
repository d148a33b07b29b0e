import { z } from 'zod';

/** Of addresses that take no query: what would be ignored is a mistake that its sender should learn of. */
export const noQuerySchema = z.strictObject({});
