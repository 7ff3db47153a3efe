#!/bin/sh
# A step in a child context fails until it has no attempts left.
set -eu
durable child exhausted -- \
  durable step --max-attempts 2 --retry-delay 1s --retry-jitter none -- \
  sh -c 'echo never >&2; exit 3'
