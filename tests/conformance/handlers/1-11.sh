#!/bin/sh
# A step that fails once.
set -eu
unreliable='
  [ "$DURABLE_ATTEMPT" -gt 1 ] || durable fail "attempt $DURABLE_ATTEMPT"
  echo "Operation succeeded"
'
durable result "$(durable step --retry-delay 1s --retry-jitter none \
  unreliable -- sh -euc "$unreliable")"
