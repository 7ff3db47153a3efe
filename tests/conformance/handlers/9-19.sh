#!/bin/sh
# A serializer for the whole result.
set -eu
durable result --json "$(durable map --array -j 1 \
  --encode 'jq -j "\"OPSERDE:\" + join(\",\")"' \
  --decode 'jq -R -c "ltrimstr(\"OPSERDE:\") | split(\",\")"' \
  op-serde -- sh -c 'echo "$1" | tr a-z A-Z' upper ::: x y)"
