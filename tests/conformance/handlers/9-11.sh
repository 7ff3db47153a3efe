#!/bin/sh
# Items that run at the same time; their results come in order.
set -eu
durable result --json "$(durable map --array -j 2 concurrent -- \
  echo 'r{}' ::: 0 1 2)"
