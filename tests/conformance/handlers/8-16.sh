#!/bin/sh
# Every branch fails, and all that is tolerated.
set -eu
batch=$(durable parallel --batch -j 1 --tolerated-failure-count 3 all-fail \
  --branch -- durable fail b0 \
  --branch -- durable fail b1 \
  --branch -- durable fail b2)
printf '%s' "$batch" |
  jq '{completionReason, status, successCount, failureCount, totalCount}' |
  durable result --json
