# Built with Node's npm alone, and the decoders with Debian's emscripten; of all that it takes to build, only the executable
# is kept.
# Images by digest: what is built today is what was built before. `docker buildx imagetools inspect node:22-slim` tells the
# newest one. The decoders are an exception: their sources are the newest that Debian has for bookworm.
FROM debian:bookworm-slim@sha256:3783cc01769c7b2b1b83a5c5ad96c815348e28ed7da68e2e3687004faa906251 AS decoders
COPY src/platform/inspector/codecs/build.sh src/platform/inspector/codecs/codecs.c /decoders/
RUN apt-get update \
 && apt-get install -y --no-install-recommends $(sh /decoders/build.sh --missing) \
 && sh /decoders/build.sh

FROM node:22-slim@sha256:83f487e0a63425e5b4d146fb5e5be574bcbe1b7b843d3ebafdd95eaf7767a7e5 AS build
WORKDIR /build
COPY package.json bun.lock bunfig.toml ./
RUN npm run --silent setup
COPY tsconfig.json build.ts ./
COPY drizzle ./drizzle
COPY src ./src
COPY --from=decoders /root/.cache/parley /root/.cache/parley
RUN npm run --silent build

FROM debian:bookworm-slim@sha256:3783cc01769c7b2b1b83a5c5ad96c815348e28ed7da68e2e3687004faa906251
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /app --shell /usr/sbin/nologin parley \
 && install --directory /app \
 && install --directory --owner=parley --group=parley --mode=0700 /app/storage
COPY --from=build /build/dist/parley /usr/local/bin/parley
WORKDIR /app
USER 10001:10001
# A volume that is made for it belongs to the user above, as the directory does.
VOLUME /app/storage
EXPOSE 8000
# `parley health` gives up after 5 seconds.
HEALTHCHECK --interval=30s --timeout=6s --start-period=10s --retries=3 CMD ["parley", "health"]
ENTRYPOINT ["parley"]
