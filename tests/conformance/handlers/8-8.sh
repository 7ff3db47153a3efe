#!/bin/sh
# Two of four branches are enough.
set -eu
batch=$(durable parallel --batch -j 1 --min-successful 2 min-successful \
  --branch -- echo b0 \
  --branch -- echo b1 \
  --branch -- echo b2 \
  --branch -- echo b3)
printf '%s' "$batch" | jq '{completionReason, successCount, totalCount}' |
  durable result --json
