#!/bin/sh
# Every item doubled, in an operation without a name.
set -eu
durable result --json "$(durable input |
  durable map --array --json -j 1 -- sh -euc 'echo $(($1 * 2))' double)"
