import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { createLogger, loadConfig } from '@hermes/runtime';
import { buildGatewayApp } from '../app.ts';
import { createGateway } from '../gateway.ts';

/**
 * Run by itself, in a network of its own (`unshare --net`): a gateway, and a client whose cable is pulled once it has
 * its stream. Neither side hears anything of the other again, no FIN and no RST. Prints after how many milliseconds the
 * gateway has noticed; null if it has not.
 */
const [redisUrl = ''] = process.argv.slice(2);
const PATIENCE_MS = 30_000;

const setLink = (state: 'up' | 'down') => spawnSync('ip', ['link', 'set', 'lo', state], { stdio: 'inherit' });

setLink('up');
// How often the kernel sends again what is not acknowledged before it gives the connection up; 15 would take minutes.
writeFileSync('/proc/sys/net/ipv4/tcp_retries2', '3');
const config = loadConfig({ HERMES_AUTH: 'off', HERMES_SSE_HEARTBEAT_INTERVAL: '1' });
const logger = createLogger('events', 'silent');
const gateway = await createGateway({ config, redisUrl, logger, sseEnabled: true });
const app = await buildGatewayApp({ config, logger }, gateway);
await app.listen({ host: '127.0.0.1', port: 0 });

const client = connect({ host: '127.0.0.1', port: (app.server.address() as AddressInfo).port });
client.on('error', () => {});
client.write('GET /api/v1/events/system HTTP/1.1\r\nHost: localhost\r\n\r\n');
for await (const bytes of client.iterator({ destroyOnReturn: false })) {
  if (String(bytes).includes('event: heartbeat')) break;
}
setLink('down');
const since = performance.now();
while (gateway.activeConnections > 0 && performance.now() - since < PATIENCE_MS) await delay(50);
process.stdout.write(JSON.stringify(gateway.activeConnections === 0 ? Math.round(performance.now() - since) : null));
process.exit();
