#!/bin/sh
# A step that fails twice, tried again after 2 s and after 6 s.
set -eu
unreliable='[ "$DURABLE_ATTEMPT" -gt 2 ]'
durable step --max-attempts 5 --retry-delay 2s --retry-rate 3 \
  --retry-jitter none unreliable -- sh -euc "$unreliable"
