import { createServer } from 'node:http';
import { connectRedis } from '@hermes/runtime';
import { createChannel, createSession } from 'better-sse';
import { CHANNEL } from '../publishers/channel-source.ts';

/** better-sse as its documentation uses it, with one Redis subscriber for all. No auth, no resume. */
const [redisUrl = '', port = ''] = process.argv.slice(2);
const channel = createChannel();
const subscriber = await connectRedis(redisUrl, 'patient');
subscriber.on('message', (_channel, message) => {
  const { seq, event, data } = JSON.parse(message);
  channel.broadcast(data, event, { eventId: `bench0000000:${seq}` });
});
await subscriber.subscribe(CHANNEL);

const server = createServer((request, response) => {
  createSession(request, response)
    .then((session) => channel.register(session))
    .catch(() => response.destroy());
});
server.listen({ host: '127.0.0.1', port: Number(port), backlog: 4096 });
