import { z } from 'zod';

/**
 * A query parameter that may come as `a,b` and as a repetition. An empty one is a list of nothing, not an absent one.
 * @param max how many it may name, repetitions included.
 */
export function listParam<Item extends z.ZodType>(item: Item, max = 100) {
  return z.preprocess((value) => {
    const parts = Array.isArray(value) ? value : [value];
    return parts.flatMap((part) => (typeof part === 'string' ? part.split(',') : [part])).filter((part) => part !== '');
  }, z.array(item).max(max));
}
