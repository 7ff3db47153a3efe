#!/bin/sh
# The submitter fails until it has no attempts left.
set -eu
name=$(durable input -r)
durable wait-for-callback --max-attempts 2 --retry-delay 1s \
  --retry-jitter none "$name" -- sh -c 'echo "nobody to ask" >&2; exit 1'
