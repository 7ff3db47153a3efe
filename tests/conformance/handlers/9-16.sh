#!/bin/sh
# Results that are too large together to be recorded.
set -eu
batch=$(durable map --batch -j 1 large -- \
  sh -c 'head -c 70000 /dev/zero | tr "\\0" "$1"' fill ::: a b c d)
printf '%s' "$batch" | jq '{successCount, totalCount}' |
  durable result --json
