#!/bin/sh
# A quarter of failures is tolerated, a half ends the operation.
set -eu
batch=$(durable map --batch -j 1 --tolerated-failure-percentage 25 \
  tolerated-pct -- sh -c '[ "$1" -ge 2 ]' item ::: 0 1 2 3) || :
printf '%s' "$batch" |
  jq '{completionReason, successCount, failureCount, totalCount}' |
  durable result --json
