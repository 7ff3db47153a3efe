#!/bin/sh
# Two branches without a step, in an operation without a name.
set -eu
durable result --json "$(durable parallel --array -j 1 \
  --branch -- echo alpha \
  --branch -- echo beta)"
