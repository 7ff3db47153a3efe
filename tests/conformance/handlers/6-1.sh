#!/bin/sh
# A counter is polled until it is what the input says.
set -eu
count='n=$(($(cat) + 1)); echo "$n"; [ "$n" -ge "$1" ]'
durable result --json "$(durable wait-for-condition --json --initial 0 \
  --poll-delay 1s counter -- sh -uc "$count" count "$(durable input)")"
