#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
# install_test.sh BUILD_DIRECTORY: installs kith to a place of its own, builds the examples against it
# as a stranger's projects, without this tree in sight, and runs them.
set -euo pipefail
build=$1
source=${KITH_SOURCE_DIR:?}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cmake --install "$build" --prefix "$work/prefix" >"$work/log"
cp -r "$source/examples" "$work/examples"

# The compiler and the sanitizers must be the same, as for any static library.
setting() { sed -n "s/^$1:[A-Z]*=//p" "$build/CMakeCache.txt"; }
flags=$(setting CMAKE_CXX_FLAGS)
sanitize=$(setting KITH_SANITIZE)
for example in hello stock; do
  cmake -S "$work/examples/$example" -B "$work/$example" -G Ninja \
    -DCMAKE_PREFIX_PATH="$work/prefix" -DCMAKE_CXX_COMPILER="$(setting CMAKE_CXX_COMPILER)" \
    -DCMAKE_CXX_FLAGS="$flags${sanitize:+ -fsanitize=$sanitize}" >>"$work/log" || {
    cat "$work/log"
    exit 1
  }
  cmake --build "$work/$example"
done
ctest --test-dir "$work/stock" --output-on-failure --timeout 60

domain=install-$$-$RANDOM
timeout 30 "$work/hello/hello" --domain "$domain" 2>"$work/service.log" &
service=$!
answer=$(timeout 20 "$work/hello/hello_client" "$domain" stranger)
python3 -B "$source/tests/support/audit.py" --domain "$domain" || { kill "$service"; exit 1; }
kill -TERM "$service"
wait "$service" || {
  echo "the service did not end in order:"
  cat "$work/service.log"
  exit 1
}
[ "$answer" = "hello, stranger" ] || {
  echo "unexpected answer: $answer"
  exit 1
}

# The tool's manual and completion lie where man and bash look.
bash -n "$work/prefix/share/bash-completion/completions/kith"
grep -q '^\.SS "kith trust sign' "$work/prefix/share/man/man1/kith.1"

# pkg-config tells the same story.
pc=$(find "$work/prefix" -name kith.pc)
PKG_CONFIG_PATH=$(dirname "$pc") pkg-config --exists --print-errors kith
libs=$(PKG_CONFIG_PATH=$(dirname "$pc") pkg-config --define-variable=prefix="$work/prefix" --libs kith)
object=$(find "$work/hello/CMakeFiles/hello.dir" -name 'main.cpp.o')
# Words are meant: flags and libraries.
# shellcheck disable=SC2086
"$(setting CMAKE_CXX_COMPILER)" $flags ${sanitize:+-fsanitize=$sanitize} "$object" $libs \
  -o "$work/by_pkg_config"
"$work/by_pkg_config" --help >"$work/help"
