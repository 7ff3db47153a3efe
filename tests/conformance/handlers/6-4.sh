#!/bin/sh
# A counter that does not begin at zero.
set -eu
count='n=$(($(cat) + 1)); echo "$n"; [ "$n" -ge "$1" ]'
durable result --json "$(durable wait-for-condition --json --initial 5 \
  --poll-delay 1s counter -- sh -uc "$count" count "$(durable input)")"
