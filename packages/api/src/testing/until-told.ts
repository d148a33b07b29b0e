import { expect } from 'vitest';
import type { TestRedis } from '../../../../tests/support/test-redis.ts';
import { eventually } from './eventually.ts';

/** Does something, and waits until the services have been told over the control channel. */
export async function untilTold(redis: TestRedis, expected: object, act: () => Promise<unknown>): Promise<void> {
  const messages: unknown[] = [];
  const subscriber = await redis.connect('patient');
  subscriber.on('message', (_channel, text: string) => messages.push(JSON.parse(text)));
  await subscriber.subscribe(redis.keys.control);
  await act();
  await eventually(() => expect(messages).toContainEqual(expected));
}
