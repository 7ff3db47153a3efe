#!/bin/sh
# A condition that holds at once.
set -eu
durable result --json "$(durable wait-for-condition --json --initial 5 -- \
  sh -uc 'n=$(cat); echo "$n"; [ "$n" -ge 5 ]')"
