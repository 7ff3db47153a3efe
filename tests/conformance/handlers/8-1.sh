#!/bin/sh
# Two branches with a step each.
set -eu
durable result --json "$(durable parallel --array -j 1 parallel \
  --branch first -- durable step -- echo task-1 \
  --branch second -- durable step -- echo task-2)"
