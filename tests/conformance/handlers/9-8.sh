#!/bin/sh
# One failure is tolerated.
set -eu
batch=$(durable map --batch -j 1 --tolerated-failure-count 1 tolerated -- \
  sh -c '[ "$1" != i1 ] && echo ok' item ::: i0 i1 i2)
printf '%s' "$batch" |
  jq '{completionReason, status, successCount, failureCount, totalCount}' |
  durable result --json
