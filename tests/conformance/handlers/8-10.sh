#!/bin/sh
# One failure is tolerated, the second one ends the operation.
set -eu
batch=$(durable parallel --batch -j 1 --tolerated-failure-count 1 \
  tolerated-exceeded \
  --branch -- durable fail b0 \
  --branch -- durable fail b1 \
  --branch -- echo b2) || :
printf '%s' "$batch" |
  jq '{completionReason, successCount, failureCount, totalCount}' |
  durable result --json
