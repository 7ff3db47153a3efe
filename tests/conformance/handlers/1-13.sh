#!/bin/sh
# A step that fails twice, tried again by the default strategy.
set -eu
unreliable='[ "$DURABLE_ATTEMPT" -gt 2 ] || exit 75'
durable step unreliable -- sh -euc "$unreliable"
