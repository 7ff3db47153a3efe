#!/bin/sh
# Branches that run at the same time; their results come in order.
set -eu
durable result --json "$(durable parallel --array -j 2 concurrent \
  --branch -- echo r0 \
  --branch -- echo r1 \
  --branch -- echo r2)"
