#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
# search.sh FUZZER CORPUS SECONDS: searches from the checked-in corpus, which it does not change.
# A finding stays in the directory it names, beside the fuzzer; add it to the corpus with its mend.
set -euo pipefail
fuzzer=$1 corpus=$2 seconds=$3

found=$fuzzer.found
grown=$(mktemp -d)
trap 'rm -rf "$grown"' EXIT
mkdir -p "$found"
seeds=()
[[ -d $corpus ]] && seeds=("$corpus")

dictionary=()
[[ -f $corpus.dict ]] && dictionary=(-dict="$corpus.dict")
"$fuzzer" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=65536 \
  -print_final_stats=1 -verbosity=1 -artifact_prefix="$found/" "${dictionary[@]}" "$grown" \
  "${seeds[@]}" 2>&1
