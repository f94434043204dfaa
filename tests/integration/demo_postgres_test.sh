#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
# The demo on PostgreSQL: a server of its own, every order settled, the money right.
set -euo pipefail
cd "${KITH_SOURCE_DIR:?}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if ! scripts/demo --quick --database postgresql >"$work/out" 2>&1; then
  cat "$work/out"
  exit 1
fi
grep -q 'every order is settled, and the money adds up to the penny' "$work/out"
grep -q '^the books balance' "$work/out"
