#!/bin/sh
# One branch is done when the other suspends.
set -eu
waits='durable wait 2s; echo b1'
durable result --json "$(durable parallel --array -j 1 replay \
  --branch first -- durable step -- echo b0 \
  --branch second -- sh -euc "$waits")"
