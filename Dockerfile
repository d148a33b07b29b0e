# syntax=docker/dockerfile:1

# Two images from one build: `caddy` holds the web app and the way in, `hermes` (the last, so the default) runs a service:
#   docker build --tag hermes .
#   docker build --tag hermes-caddy --target caddy .

FROM node:24-bookworm-slim AS build
WORKDIR /build
RUN npm install --global pnpm@12
# The manifests first: what they ask for is installed again only when they change.
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml tsconfig.base.json ./
COPY packages/api/package.json packages/api/
COPY packages/client/package.json packages/client/
COPY packages/contracts/package.json packages/contracts/
COPY packages/event-log/package.json packages/event-log/
COPY packages/gateway/package.json packages/gateway/
COPY packages/hermes/package.json packages/hermes/
COPY packages/react/package.json packages/react/
COPY packages/runtime/package.json packages/runtime/
COPY packages/web/package.json packages/web/
COPY packages/worker/package.json packages/worker/
RUN pnpm install --frozen-lockfile
COPY packages packages
ARG VITE_SSE_ENABLED=true
ARG VITE_API_BASE_URL=/api/v1
RUN cd packages/web && node_modules/.bin/vite build
RUN node packages/hermes/build.ts /app
# The one thing that is not bundled, without its sources and what is for other systems.
RUN mkdir /app/node_modules \
  && cp -RL packages/api/node_modules/better-sqlite3 /app/node_modules/better-sqlite3 \
  && cd /app/node_modules/better-sqlite3 \
  && rm -rf deps src binding.gyp node_modules \
  && find prebuilds -type f ! -name "linux-*" -delete

FROM caddy:2-alpine AS caddy
COPY Caddyfile /etc/caddy/Caddyfile
COPY --from=build /app/web /srv
# With a domain set, a request would be sent on to HTTPS: whether the port is open says as much.
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["nc", "-z", "127.0.0.1", "80"]

FROM node:24-bookworm-slim AS hermes
ENV NODE_ENV=production \
  HERMES_HOME=/data \
  HERMES_DOWNLOAD_DIR=/downloads \
  HERMES_SECRET_KEY_FILE=/keys/secret.key \
  HERMES_HOST=0.0.0.0
# For videos. yt-dlp has to keep up with sites that change every week, so it is not the distribution's old one.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates ffmpeg python3 python3-venv \
  && rm -rf /var/lib/apt/lists/* \
  && python3 -m venv /opt/yt-dlp \
  && /opt/yt-dlp/bin/pip install --no-cache-dir "yt-dlp[default]" \
  && ln -s /opt/yt-dlp/bin/yt-dlp /usr/local/bin/yt-dlp
# A new volume takes its owner from the directory that it is mounted over.
RUN mkdir /data /downloads /keys && chown node:node /data /downloads /keys && chmod 700 /data /keys
COPY --from=build /app /app
RUN ln -s /app/hermes.js /usr/local/bin/hermes
WORKDIR /data
USER node
EXPOSE 8000 8001
STOPSIGNAL SIGTERM
# Of the API, the default; the compose file says how the others are asked.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8000/api/v1/health').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Node as the first process, with no shell between it and the signals.
ENTRYPOINT ["node", "/app/hermes.js"]
CMD ["api"]
