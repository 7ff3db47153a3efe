#!/bin/sh
# A step that is started at most once, and takes its runtime with it.
set -eu
name=$(durable input -r)
durable step --at-most-once at_most_once_flaky_step -- \
  sh -euc 'durable log "$1"; sleep 1; kill -KILL "$PPID"' flaky "$name"
