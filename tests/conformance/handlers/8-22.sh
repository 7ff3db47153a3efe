#!/bin/sh
# A quarter of failures is tolerated, and a quarter fails.
set -eu
batch=$(durable parallel --batch -j 1 --tolerated-failure-percentage 25 \
  pct-boundary \
  --branch -- durable fail b0 \
  --branch -- echo b1 \
  --branch -- echo b2 \
  --branch -- echo b3)
printf '%s' "$batch" |
  jq '{completionReason, status, successCount, failureCount, totalCount}' |
  durable result --json
