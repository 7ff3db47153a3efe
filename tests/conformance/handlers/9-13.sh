#!/bin/sh
# Items with names of their own.
set -eu
durable result --json "$(durable input |
  durable map --array --json -j 1 --item-name '"item-\(.)"' named-items -- \
  sh -euc 'echo $(($1 * 10))' tenfold)"
