#!/bin/sh
# What the batch says of two successes and a failure.
set -eu
batch=$(durable parallel --batch -j 1 --tolerated-failure-count 1 accessors \
  --branch -- echo b0 \
  --branch -- durable fail b1 \
  --branch -- echo b2)
printf '%s' "$batch" | jq '{
    hasFailure: any(.all[]; .status == "FAILED"),
    successCount: [.all[] | select(.status == "SUCCEEDED")] | length,
    failureCount: [.all[] | select(.status == "FAILED")] | length,
    errorCount: [.all[].error | values] | length
  }' | durable result --json
