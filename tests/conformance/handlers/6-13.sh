#!/bin/sh
# Two conditions in a row; the second begins where the first has ended.
set -eu
count='n=$(($(cat) + 1)); echo "$n"; [ "$n" -ge "$1" ]'
first=$(durable wait-for-condition --json --initial 0 --poll-delay 1s \
  first -- sh -uc "$count" count 2)
durable result --json "$(durable wait-for-condition --json \
  --initial "$first" --poll-delay 1s second -- sh -uc "$count" count 4)"
