#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
# subproject_test.sh BUILD_DIRECTORY: configures a stranger's project that takes kith in by
# add_subdirectory. It is compiled and linked with its own flags, and builds the library only.
set -euo pipefail
build=$1
source=${KITH_SOURCE_DIR:?}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/CMakeLists.txt" <<END
cmake_minimum_required(VERSION 3.25)
project(stranger LANGUAGES CXX)
add_subdirectory($source kith)
add_executable(stranger main.cpp)
target_link_libraries(stranger PRIVATE kith::kith)
END
echo 'int main() {}' >"$work/main.cpp"
compiler=$(sed -n "s/^CMAKE_CXX_COMPILER:[A-Z]*=//p" "$build/CMakeCache.txt")
cmake -S "$work" -B "$work/build" -G Ninja -DCMAKE_CXX_COMPILER="$compiler" >"$work/log" 2>&1 || {
  cat "$work/log"
  exit 1
}

flags() { tr ' ' '\n' | grep -E '^-[DIOWfmsLl]' | grep -vE "$1" || true; }
commands=$(ninja -C "$work/build" -t commands stranger)
compiled=$(grep -- "-c $work/main.cpp" <<<"$commands" | flags "^(-I$source/core/include|-std=(gnu|c)\+\+20)$")
linked=$(tail -1 <<<"$commands" | flags '^(-l|-L|-Wl,-rpath)')
others=$(ninja -C "$work/build" -t targets all | grep -oE '^(order|kith-tool|unit_base|sim_tests):' || true)
[ -z "$compiled$linked$others" ] || {
  echo "imposed on who compiles: $compiled; on who links: $linked; built besides: $others"
  exit 1
}
