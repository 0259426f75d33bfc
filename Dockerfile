# The server in a container: data in /data, keys in /keys, HTTP on port 4000.
#
#   docker build -t samtykke .
#   docker run -p 127.0.0.1:4000:4000 -v samtykke-data:/data -v samtykke-keys:/keys samtykke

ARG NODE_IMAGE=node:22.21.1-bookworm-slim

FROM ${NODE_IMAGE} AS build
# The embedded store's driver is compiled where no finished one can be fetched.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends python3 make g++ \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src src
COPY projections projections
RUN npm run build && npm prune --omit=dev

FROM ${NODE_IMAGE}
ENV NODE_ENV=production \
  SAMTYKKE_HOST=0.0.0.0 \
  SAMTYKKE_PORT=4000 \
  SAMTYKKE_DATA=/data \
  SAMTYKKE_KEYS_DIR=/keys
WORKDIR /app
# Volumes that are made from the image belong to the user who runs it.
RUN install --directory --owner=node --group=node --mode=0700 /data /keys
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY --from=build /app/projections/eventstore projections/eventstore
COPY LICENSE ./
USER node
VOLUME ["/data", "/keys"]
EXPOSE 4000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=4s --start-period=30s --retries=6 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.SAMTYKKE_PORT}/health/live`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/src/main.js", "serve"]
