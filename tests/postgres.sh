#!/usr/bin/env bash
# A private PostgreSQL for the tests: a fresh cluster in a temporary folder on a free loopback port, fsync on.
#   tests/postgres.sh COMMAND...   runs COMMAND with TEST_POSTGRES_URL set and stops the cluster after it
#   . tests/postgres.sh            gives postgres_start and postgres_stop
set -euo pipefail

postgres_as_owner() {
    if [ "$(id -u)" -eq 0 ]; then setpriv --reuid=postgres --regid=postgres --init-groups -- "$@"; else "$@"; fi
}

# The server takes the port itself; another process may take it first, so a few are tried.
postgres_start() {
    local try bin
    bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
    [ -n "$bin" ] || { echo "PostgreSQL is missing: apt-get install postgresql" >&2; return 1; }
    POSTGRES_BIN=$bin
    POSTGRES_DIR=$(mktemp -d "${TMPDIR:-/tmp}/helpline181-postgres.XXXXXX")
    chmod 755 "$POSTGRES_DIR"
    mkdir -m 700 "$POSTGRES_DIR/data"
    [ "$(id -u)" -ne 0 ] || chown -R postgres: "$POSTGRES_DIR"
    (cd / && postgres_as_owner "$bin/initdb" -D "$POSTGRES_DIR/data" -U helpline -A trust --locale=C.UTF-8 -E UTF8 \
        >"$POSTGRES_DIR/initdb.log" 2>&1) || { cat "$POSTGRES_DIR/initdb.log" >&2; return 1; }
    for try in 1 2 3 4 5; do
        POSTGRES_PORT=$((20000 + RANDOM % 12000))
        if (cd / && postgres_as_owner "$bin/pg_ctl" -D "$POSTGRES_DIR/data" -l "$POSTGRES_DIR/server.log" -w -t 60 -o \
            "-c listen_addresses=127.0.0.1 -c port=$POSTGRES_PORT -c unix_socket_directories='' -c fsync=on -c synchronous_commit=on -c max_connections=200 -c shared_buffers=256MB -c max_wal_size=2GB" \
            start >/dev/null 2>&1 </dev/null); then
            export TEST_POSTGRES_URL="postgres://helpline@127.0.0.1:$POSTGRES_PORT/postgres"
            return 0
        fi
    done
    cat "$POSTGRES_DIR/server.log" >&2
    return 1
}

postgres_stop() {
    [ -n "${POSTGRES_DIR:-}" ] || return 0
    (cd / && postgres_as_owner "$POSTGRES_BIN/pg_ctl" -D "$POSTGRES_DIR/data" -m immediate -w stop >/dev/null 2>&1) || true
    rm -rf "$POSTGRES_DIR"
    POSTGRES_DIR=
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    trap postgres_stop EXIT
    trap 'exit 130' INT TERM
    postgres_start
    "$@"
fi
