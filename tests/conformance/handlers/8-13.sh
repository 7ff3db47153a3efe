#!/bin/sh
# A quarter of failures is tolerated, a half ends the operation.
set -eu
batch=$(durable parallel --batch -j 1 --tolerated-failure-percentage 25 \
  tolerated-pct \
  --branch -- durable fail b0 \
  --branch -- durable fail b1 \
  --branch -- echo b2 \
  --branch -- echo b3) || :
printf '%s' "$batch" |
  jq '{completionReason, successCount, failureCount, totalCount}' |
  durable result --json
