# The container image: `cordon` without the sample, its static files, and nothing else to keep up to date.
# It serves on port 8080, needs DATABASE_URL, and brings no Postgres.

ARG RUST=1.95

FROM rust:${RUST}-bookworm AS build
WORKDIR /src

# First the dependencies alone, with empty programs in the place of ours: this layer is built anew only when
# Cargo.toml or Cargo.lock change. The other members of the workspace have to exist, but are not built.
COPY Cargo.toml Cargo.lock ./
COPY e2e/Cargo.toml e2e/
COPY benches/floor/Cargo.toml benches/floor/
RUN mkdir -p src e2e/src benches/floor/src \
 && for program in build.rs src/main.rs e2e/src/main.rs benches/floor/src/main.rs; do echo 'fn main() {}' >"$program"; done \
 && touch src/lib.rs \
 && cargo build --release --locked --no-default-features --bin cordon \
 && rm -rf src build.rs

# Then the product. Queries are checked against .sqlx/. The copied files may be older than the empty programs,
# which cargo would take for "nothing has changed".
COPY . .
RUN mkdir -p e2e/src benches/floor/src \
 && for program in e2e/src/main.rs benches/floor/src/main.rs; do echo 'fn main() {}' >"$program"; done \
 && touch build.rs src/lib.rs src/main.rs \
 && SQLX_OFFLINE=true cargo build --release --locked --no-default-features --bin cordon \
 && mkdir -p /out/share \
 && cp target/release/cordon /out/ \
 && cp -R target/release/build/cordon-*/out/static /out/share/

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates tzdata \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin cordon
COPY --from=build /out/cordon /usr/local/bin/cordon
COPY --from=build /out/share/static /usr/share/cordon/static
COPY LICENSE LICENSE-MIT LICENSE-APACHE /usr/share/doc/cordon/
# Inside a container the proxy comes from elsewhere; outside, loopback is the default.
ENV CORDON_STATIC_DIR=/usr/share/cordon/static CORDON_LISTEN=0.0.0.0:8080
# By number, so that an orchestrator can see that it is not root.
USER 10001:10001
EXPOSE 8080
# No entry point, so that another command replaces the whole line: `docker run … cordon migrate`.
CMD ["cordon", "serve"]
