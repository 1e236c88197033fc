# Sourced by bin/prepare and bin/compile-db: a Postgres of their own, before anything is compiled.
# (The product starts its private Postgres itself; but the product cannot be built against a database
# that only the built product can start.)

# Prints the folder with initdb, pg_ctl, postgres and psql: the search path's, else the newest package's.
postgres_folder() {
  for folder in \
    "$(dirname "$(readlink -f "$(command -v initdb || echo /nonexistent)")")" \
    $(printf '%s\n' /usr/lib/postgresql/*/bin /opt/homebrew/opt/postgresql@*/bin /usr/local/opt/postgresql@*/bin \
        /Applications/Postgres.app/Contents/Versions/*/bin | sort -Vr)
  do
    if [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ]; then echo "$folder"; return; fi
  done
  return 1
}

# Runs a command as whoever may run Postgres: it refuses root.
as_postgres() {
  if [ "$(id -u)" -ne 0 ]; then "$@"
  elif command -v runuser >/dev/null; then runuser -u "$(postgres_user)" -- "$@"
  else sudo -u "$(postgres_user)" "$@"
  fi
}

postgres_user() {
  if id postgres >/dev/null 2>&1; then echo postgres; else echo nobody; fi
}

# Whether the user that runs Postgres may pass through every parent of a folder (not so in /root, for example).
reachable() {
  [ "$(id -u)" -ne 0 ] || (cd / && as_postgres test -x "$1")
}

# The address of the database `cordon` in the cluster in folder $1, for the superuser.
cluster_url() {
  echo "postgres://postgres@localhost/cordon?host=$(printf '%s' "$1/run" | sed 's/%/%25/g; s/ /%20/g; s/+/%2B/g; s|/|%2F|g')"
}

# Makes a cluster in folder $1 unless there is one, and starts it unless it runs. It keeps nothing worth
# keeping, so it gives up durability for speed. No TCP port, no password, a socket nobody else can open.
cluster_start() {
  if [ "${#1}" -gt 85 ]; then
    echo "The path $1 is too long for a Unix socket." >&2
    return 1
  fi
  mkdir -p "$1/run"
  chmod 755 "$1"
  if [ "$(id -u)" -eq 0 ]; then chown "$(postgres_user)" "$1" "$1/run"; fi
  chmod 700 "$1/run"
  local bin locale=C.UTF-8
  bin=$(postgres_folder)
  if [ "$(uname)" = Darwin ]; then locale=C; fi
  # From /, because whoever runs Postgres may not see the current folder.
  if [ ! -e "$1/data/PG_VERSION" ]; then
    (cd / && as_postgres "$bin/initdb" -D "$1/data" -U postgres --auth-local=trust --auth-host=reject \
      --encoding=UTF8 --locale="$locale" --no-sync >"$1/initdb.log" 2>&1) || { cat "$1/initdb.log" >&2; return 1; }
    printf '%s\n' "listen_addresses = ''" "unix_socket_directories = '$1/run'" "unix_socket_permissions = 0700" \
      "fsync = off" "full_page_writes = off" "synchronous_commit = off" >>"$1/data/postgresql.conf"
  fi
  if ! (cd / && as_postgres "$bin/pg_ctl" status -D "$1/data") >/dev/null 2>&1; then
    (cd / && as_postgres "$bin/pg_ctl" start --wait --silent -D "$1/data" -l "$1/run/log") >/dev/null ||
      { cat "$1/run/log" >&2; return 1; }
  fi
}

cluster_stop() {
  if [ -e "$1/data/postmaster.pid" ]; then
    (cd / && as_postgres "$(postgres_folder)/pg_ctl" stop --wait --silent --mode immediate -D "$1/data")
  fi
}

# Makes the database `cordon` anew in the cluster in folder $1: first the roles, which belong to the whole
# cluster and need a superuser, then the migrations in the order of their names.
cluster_schema() {
  local psql url file
  psql="$(postgres_folder)/psql"
  url=$(cluster_url "$1")
  "$psql" -X -q -v ON_ERROR_STOP=1 "${url/\/cordon\?/\/postgres?}" \
    -c 'set client_min_messages = warning' -c 'drop database if exists cordon with (force)' -c 'create database cordon'
  if [ -f src/db/roles.sql ]; then
    "$psql" -X -q -v ON_ERROR_STOP=1 "$url" -f src/db/roles.sql
  fi
  for file in migrations/*.sql; do
    case "$file" in *'*.sql' | *.down.sql) continue ;; esac
    # sqlx runs a migration in one transaction, unless its first line says otherwise; so does this.
    local whole=--single-transaction
    if head -n 1 "$file" | grep -q '^-- no-transaction'; then whole=; fi
    "$psql" -X -q -v ON_ERROR_STOP=1 $whole "$url" -f "$file" >/dev/null
  done
}
