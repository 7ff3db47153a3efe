#!/bin/sh
# Two of four items are enough.
set -eu
batch=$(durable map --batch -j 1 --min-successful 2 min-successful -- \
  echo yes ::: i0 i1 i2 i3)
printf '%s' "$batch" | jq '{completionReason, successCount, totalCount}' |
  durable result --json
