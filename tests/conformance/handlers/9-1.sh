#!/bin/sh
# One step for each item.
set -eu
durable result --json "$(durable map --array -j 1 --items "$(durable input)" \
  map -- durable step -- echo 'Hello, {}!')"
