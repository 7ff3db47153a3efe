#!/bin/sh
# A step in a child context fails once.
set -eu
unreliable='[ "$DURABLE_ATTEMPT" -gt 1 ] && echo "$1"'
value=$(durable input -r)
durable result "$(durable child retrying -- \
  durable step --retry-delay 1s --retry-jitter none unreliable -- \
  sh -euc "$unreliable" unreliable "$value")"
