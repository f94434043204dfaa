# SPDX-License-Identifier: MPL-2.0
# What the scripts share. Source it: source "$(dirname "$0")/lib.sh"
# It enters the root of the repository.

cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Messages are for people and go to stderr, so that a script's stdout stays what it promises.
kith_say() { printf '%s\n' "$*" >&2; }
kith_die() {
  kith_say "${0##*/}: $*"
  exit 1
}

# One job a core, and at least a GiB of memory for each: coroutine-heavy files need it.
kith_jobs() {
  local cores memory
  cores=$(nproc)
  memory=$(awk '/^MemAvailable/ { print int($2 / 1048576) }' /proc/meminfo)
  local jobs=$((memory < cores ? memory : cores))
  echo $((jobs < 1 ? 1 : jobs))
}

# Prints what ninja says as little as possible: nothing when there was nothing to do, a line every
# few seconds while there is, and every word of a compiler.
kith_progress() {
  local line next=0
  while IFS= read -r line; do
    case $line in
      'ninja: Entering'* | 'ninja: no work'* | '[0/1] Re-checking'* | '[1/1] Re-checking'*) ;;
      '['[0-9]*/[0-9]*'] '*)
        if ((SECONDS >= next)); then
          kith_say "  ${line%%]*}] ${SECONDS} s"
          next=$((SECONDS + 5))
        fi
        ;;
      *) kith_say "$line" ;;
    esac
  done
}

# What is built goes to a directory here.
kith_place() {
  { mkdir -p "$1" && [[ -w $1 && -w build ]]; } 2>/dev/null ||
    kith_die "cannot write to $PWD/$1; to build, you need a copy of the repository of your own"
}

# What ccache keeps goes there, too, where there is no home to keep it.
kith_ccache() {
  local cache=${CCACHE_DIR:-${XDG_CACHE_HOME:-${HOME:-}/.cache}/ccache}
  if [[ -z ${HOME:-} ]] || ! { mkdir -p "$cache" && [[ -w $cache ]]; } 2>/dev/null; then
    export HOME=${HOME:-$PWD/build} CCACHE_DIR=$PWD/build/ccache
  fi
}

kith_configure() {
  local preset=$1 directory=build/$1
  shift
  kith_place "$directory"
  kith_say "configuring $preset"
  if ! cmake --preset "$preset" "$@" >"$directory/configure.log" 2>&1; then
    cat "$directory/configure.log" >&2
    return 1
  fi
  # What is left out is said, not hidden; but not while it is being installed.
  [[ -n ${kith_half_set_up:-} ]] || grep -h 'not registered' "$directory/configure.log" >&2 || true
}

# kith_build PRESET [TARGET...]: configures when needed, builds, and says nothing if all is built.
# One build at a time: a second script waits for the first.
kith_build() {
  local preset=$1 directory=build/$1
  shift
  kith_place "$directory"
  (
    kith_ccache
    exec 9>"$directory.lock"
    flock 9
    SECONDS=0
    if [[ ! -f $directory/build.ninja ]]; then
      kith_configure "$preset" || exit 1
    fi
    ninja -C "$directory" -j "$(kith_jobs)" "$@" 2>&1 | kith_progress
    exit "${PIPESTATUS[0]}"
  )
}
