#!/bin/sh
# Three successes are asked for, and one of three branches fails.
set -eu
batch=$(durable parallel --batch -j 1 --min-successful 3 min-not-reached \
  --branch -- echo b0 \
  --branch -- durable fail b1 \
  --branch -- echo b2) || :
printf '%s' "$batch" |
  jq '{completionReason, status, successCount, failureCount, totalCount}' |
  durable result --json
