# SPDX-License-Identifier: MPL-2.0
# A PostgreSQL of a script's own, from Debian's package. Source it after lib.sh.

# kith_postgres_start DIRECTORY [GUARD]: makes a cluster in that new directory and runs it there,
# reached by a socket in it only. Sets postgres_pid; GUARD, a descriptor, is told it at once.
kith_postgres_start() {
  local directory=$1 guard=${2:-} programs
  programs=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
  [[ -x $programs/postgres ]] || kith_die "no PostgreSQL in /usr/lib/postgresql"
  # What the kernel allows for the name of a socket.
  ((${#directory} <= 85)) || kith_die "the path $directory is too long for a socket"
  postgres_programs=$programs postgres_directory=$directory
  postgres_as=()
  mkdir "$directory"
  if ((EUID == 0)); then  # it refuses to run as root
    local user=nobody
    ! getent passwd postgres >/dev/null || user=postgres
    chown "$user:$(id -g "$user")" "$directory"
    chmod go+x "${directory%/*}"
    postgres_as=(setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups)
    "${postgres_as[@]}" test -w "$directory" ||
      kith_die "the user $user, as which PostgreSQL has to run, cannot reach $directory"
  fi
  chmod 700 "$directory"
  "${postgres_as[@]}" "$programs/initdb" --pgdata "$directory/data" --username kith --auth trust \
    --encoding UTF8 --locale C.UTF-8 >"$directory/../postgres.log" 2>&1 || {
    tail -n 15 "$directory/../postgres.log" >&2
    kith_die "initdb failed"
  }
  # A process group of its own: Ctrl-C reaches it by the script, when all others have ended. What the
  # script holds open is nothing to it.
  setsid "${postgres_as[@]}" "$programs/postgres" -D "$directory/data" -k "$directory" \
    -c listen_addresses= </dev/null >>"$directory/../postgres.log" 2>&1 3>&- 4>&- &
  postgres_pid=$!
  [[ -z $guard ]] || echo "postgres $postgres_pid" >&"$guard"
  local tries
  for ((tries = 0; tries < 300; ++tries)); do
    ! "$programs/pg_isready" -q -h "$directory" -U kith || return 0
    kill -0 "$postgres_pid" 2>/dev/null || break
    sleep 0.1
  done
  tail -n 15 "$directory/../postgres.log" >&2
  kith_die "PostgreSQL does not start"
}

# kith_postgres_database NAME: makes one, and prints its URL.
kith_postgres_database() {
  "$postgres_programs/createdb" -h "$postgres_directory" -U kith "$1" >&2
  local host=${postgres_directory//%/%25}
  host=${host//\//%2F}
  host=${host// /%20}
  host=${host//@/%40}
  host=${host//:/%3A}
  printf 'postgresql://kith@%s/%s\n' "$host" "$1"
}

# Ends it when it runs.
kith_postgres_stop() {
  [[ -n ${postgres_pid:-} ]] || return 0
  kill -INT "$postgres_pid" 2>/dev/null || true
  wait "$postgres_pid" 2>/dev/null || true
  postgres_pid=
}
