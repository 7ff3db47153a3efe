#!/bin/sh
# A counter that is polled every two seconds.
set -eu
count='n=$(($(cat) + 1)); echo "$n"; [ "$n" -ge "$1" ]'
durable result --json "$(durable wait-for-condition --json --initial 0 \
  --poll-delay 2s --poll-rate 1 --poll-jitter none counter -- \
  sh -uc "$count" count "$(durable input)")"
