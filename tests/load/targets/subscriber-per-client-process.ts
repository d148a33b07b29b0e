import { fastifySSE } from '@fastify/sse';
import { connectRedis } from '@hermes/runtime';
import { fastify } from 'fastify';
import { CHANNEL } from '../publishers/channel-source.ts';

/** What comes to mind first: every request subscribes for itself and sends what it gets. No auth, no resume. */
const [redisUrl = '', port = ''] = process.argv.slice(2);
const app = fastify();
await app.register(fastifySSE);

app.get('/', { sse: 'only' }, async (_request, reply) => {
  const subscriber = await connectRedis(redisUrl, 'patient');
  subscriber.on('message', (_channel, message) => {
    const { seq, event, data } = JSON.parse(message);
    reply.sse.send({ id: `bench0000000:${seq}`, event, data }).catch(() => {});
  });
  reply.sse.onClose(() => subscriber.disconnect());
  reply.sse.keepAlive();
  await subscriber.subscribe(CHANNEL);
  reply.sse.sendHeaders();
  reply.raw.flushHeaders();
});

await app.listen({ host: '127.0.0.1', port: Number(port), backlog: 4096 });
