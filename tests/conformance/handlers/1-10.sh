#!/bin/sh
# A step that fails for good, caught; the same on the replay after a wait.
set -eu
fail='durable log "step executed"; durable fail "not today"'
durable step --no-retry flaky -- sh -euc "$fail" || caught=yes
[ "${caught-}" = yes ]
durable wait 1s
durable result "$(durable error -r flaky .ErrorMessage)"
