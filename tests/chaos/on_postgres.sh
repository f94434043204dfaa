#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
# on_postgres.sh OPTION...: rig.py with those options, on a PostgreSQL of its own.
set -euo pipefail
root=$(realpath "$(dirname "$0")/../..")
source "$root/scripts/lib.sh"
source "$root/scripts/postgres_lib.sh"

directory=$(mktemp -d "${TMPDIR:-/tmp}/kith-chaos-pg.XXXXXX")
cleanup() {
  local status=$?
  trap - EXIT
  trap '' INT TERM
  if [[ -n ${rig:-} ]]; then # it ends what it started, while there is a database
    kill "$rig" 2>/dev/null || true
    wait "$rig" || true
  fi
  if [[ $status != 0 && $status != 130 && -f $directory/postgres.log ]]; then
    # What the server was at, and what it said: the databases go, this stays.
    "${postgres_programs:-}/psql" -h "${postgres_directory:-}" -U kith -d postgres --no-psqlrc -c \
      "select pid, datname, state, wait_event_type, wait_event, now() - state_change as since,
              left(query, 80) as query from pg_stat_activity where datname is not null" \
      >>"$directory/postgres.log" 2>&1 </dev/null || true
    kept=$(mktemp "${TMPDIR:-/tmp}/kith-chaos-pg.XXXXXX.log")
    cp "$directory/postgres.log" "$kept"
    kith_say "the server's log, and its connections at the end: $kept"
    tail -n 40 "$kept" >&2
  fi
  kith_postgres_stop
  rm -rf "$directory"
  exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

kith_postgres_start "$directory/postgres"
for service in order payment gateway; do
  url=$(kith_postgres_database "$service")
done
/usr/bin/python3 -B "$root/tests/chaos/rig.py" --database "${url%/*}/{}" "$@" &
rig=$!
status=0
wait "$rig" || status=$?
rig=
exit "$status"
