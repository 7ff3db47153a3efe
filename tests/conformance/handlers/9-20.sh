#!/bin/sh
# A serializer for the whole result, and a wait: the replay deserializes.
set -eu
results=$(durable map --array -j 1 \
  --encode 'jq -j "\"OPSERDE:\" + join(\",\")"' \
  --decode 'jq -R -c "ltrimstr(\"OPSERDE:\") | split(\",\")"' \
  op-serde-replay -- sh -c 'echo "$1" | tr a-z A-Z' upper ::: x y)
durable wait 1s
durable result --json "$results"
