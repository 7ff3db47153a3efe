#!/bin/sh
# Results with a serializer of their own.
set -eu
durable result --json "$(durable map --array -j 1 \
  --branch-encode 'printf wrapped:; cat' \
  --branch-decode 'sed s/^wrapped://' \
  serdes -- sh -c 'echo "$1" | tr a-z A-Z' upper ::: x y)"
