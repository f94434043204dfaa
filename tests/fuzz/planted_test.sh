#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
# planted_test.sh FUZZER: the fuzzer must find the bug that was planted behind the envelope reader,
# from nothing. If it does not, its silence about the other fuzzers means nothing either.
set -euo pipefail
fuzzer=$1

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if "$fuzzer" -max_total_time=240 -artifact_prefix="$work/" >"$work/log" 2>&1; then
  tail -n 20 "$work/log"
  echo "the planted bug was not found"
  exit 1
fi
if ! grep -q 'AddressSanitizer: global-buffer-overflow' "$work/log" || ! ls "$work"/crash-* >/dev/null; then
  tail -n 40 "$work/log"
  echo "the fuzzer stopped, but not at the planted bug"
  exit 1
fi
echo "found: $(xxd -p "$work"/crash-* 2>/dev/null || od -An -tx1 "$work"/crash-*)"
