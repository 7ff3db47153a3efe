#!/bin/sh
# A wait after a map: the replay has the results.
set -eu
results=$(durable map --array -j 1 then-wait -- \
  sh -c 'echo "$1" | tr a-z A-Z' upper ::: a b)
durable wait 1s
durable result --json "$results"
