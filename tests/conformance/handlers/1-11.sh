#!/bin/sh
# A step that fails once.
set -eu
unreliable='
  [ "$DURABLE_ATTEMPT" -gt 1 ] || exit 1
  echo "Operation succeeded"
'
durable result "$(durable step --retry-delay 1s --retry-jitter none \
  unreliable -- sh -euc "$unreliable")"
