import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findOnPath } from '@hermes/runtime';
import { freePort } from '../../support/service-process.ts';
import type { Cores } from '../process/cores.ts';
import { ServerUnderTest } from '../process/server-under-test.ts';
import type { Target } from './target.ts';

const MODULE = '/usr/lib/nginx/modules/ngx_nchan_module.so';

/** Where nginx is, if it has Nchan. */
export function findNchan(): string | null {
  // Debian puts it where only root looks.
  const nginx = findOnPath(['nginx'], `${process.env.PATH ?? ''}:/usr/sbin`);
  return nginx !== null && existsSync(MODULE) ? nginx : null;
}

/** nginx with Nchan's own memory store, one worker, posted to over HTTP: its quickest way. No auth. */
export async function startNchan(nginx: string, cores: Cores): Promise<Target> {
  const dir = await mkdtemp(join(tmpdir(), 'hermes-nchan-'));
  await mkdir(join(dir, 'logs'));
  const port = await freePort();
  const config = join(dir, 'nginx.conf');
  await writeFile(config, configuration(dir, port));
  const start = () => ServerUnderTest.start([nginx, '-p', dir, '-c', config], cores.server, {}, port);
  let server = await start();
  return {
    name: 'nchan',
    get pid() {
      return server.pid;
    },
    redisPid: null,
    source: { kind: 'nchan', port },
    stream: { port, path: '/sub/all', headers: {}, liveMark: null },
    downloadStream: (id) => ({ port, path: `/sub/${id}`, headers: {}, liveMark: null }),
    restart: async (whileAway) => {
      await server.stop('SIGTERM');
      await whileAway();
      server = await start();
    },
    stop: async () => {
      await server.stop('SIGTERM');
      await rm(dir, { recursive: true, force: true });
    },
  };
}

function configuration(dir: string, port: number): string {
  return `
load_module ${MODULE};
daemon off;
worker_processes 1;
worker_rlimit_nofile 20000;
pid ${dir}/nginx.pid;
error_log ${dir}/error.log warn;
events { worker_connections 16000; }
http {
  access_log off;
  client_body_temp_path ${dir}/body;
  proxy_temp_path ${dir}/proxy;
  fastcgi_temp_path ${dir}/fastcgi;
  scgi_temp_path ${dir}/scgi;
  uwsgi_temp_path ${dir}/uwsgi;
  keepalive_requests 100000000;
  tcp_nodelay on;
  nchan_shared_memory_size 512M;
  nchan_message_buffer_length 5000;
  nchan_message_timeout 1m;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location ~ ^/pub/(\\S+)$ { nchan_publisher; nchan_channel_id $1; }
    location ~ ^/sub/(\\S+)$ { nchan_subscriber eventsource; nchan_channel_id $1; nchan_subscriber_first_message newest; }
  }
}
`;
}
