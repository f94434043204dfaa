#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
# What a newcomer runs first, on the programs of this build: every order settled, the money right.
set -euo pipefail
cd "${KITH_SOURCE_DIR:?}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
  echo "demo_test: $*"
  cat "$work/out"
  exit 1
}

# It runs what it builds: here the programs are there already.
built=$(sed -n 's/^ *kith_build release \(.*\) ||.*/\1/p' scripts/demo)
for program in $(grep -o '"$bin/[a-z]*"' scripts/demo | sort -u | tr -d '"' | sed 's|$bin/||') order payment gateway; do
  [[ " ${built/kith-tool/kith} " == *" $program "* ]] || fail "scripts/demo runs $program and does not build it"
done

begin=$SECONDS
scripts/demo --quick >"$work/out" 2>&1 || fail "ended with status $?"
taken=$((SECONDS - begin))
# On a machine that has nothing else to do.
limit=$(awk -v cores="$(nproc)" '{ load = $1 / cores; print int(20 * (load < 1 ? 1 : load)) }' /proc/loadavg)
((taken < limit)) || fail "--quick took $taken s, and promises less than 20 ($limit with what else runs here)"
grep -q 'half-way: stopping payment-1 with SIGTERM' "$work/out" || fail "no payment was stopped"
! grep -q 'payment-1 ended with status' "$work/out" || fail "payment-1 did not end well"
grep -qE 'placed [0-9]+/[0-9]+  paid [0-9]+  declined [0-9]+  refunded [0-9]+  +[0-9]+/s  settled p50 [0-9.]+ ms p99 [0-9.]+ ms' \
  "$work/out" || fail "no progress is shown"
grep -q '^the books balance' "$work/out" || fail "kith audit has not spoken"
cat "$work/out"

# The same with certificates.
scripts/demo --quick --secure >"$work/out" 2>&1 || fail "--secure: ended with status $?"
grep -q 'making a trust domain' "$work/out" || fail "--secure makes no trust domain"
grep -q '^the books balance' "$work/out" || fail "--secure: kith audit has not spoken"

# A row that cannot be read is reported with its line, and the exit status says so.
printf '%s\n' InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country \
  '536365,85123A,LANTERN,6,12/1/2010 8:26,2.55,17850,United Kingdom' \
  '536366,85123A,LANTERN,six,12/1/2010 8:26,2.55,17850,United Kingdom' >"$work/orders.csv"
status=0
scripts/demo --instances 3 --orders "$work/orders.csv" --keep "$work/kept" >"$work/out" 2>&1 || status=$?
((status == 3)) || fail "ended with status $status, not 3"
grep -q 'line 3' "$work/out" || fail "line 3 is not named"
grep -q 'payment-3 is stopping' "$work/kept/payment-3.log" || fail "there is no third payment"

for wrong in --instances=x "--instances x" "--instances 0" "--orders /nowhere" --what "--database oracle"; do
  status=0
  # shellcheck disable=SC2086
  scripts/demo $wrong >"$work/out" 2>&1 || status=$?
  ((status == 2)) || fail "$wrong: ended with status $status, not 2"
done
