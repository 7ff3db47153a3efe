#!/bin/sh
# No items.
set -eu
durable result --json "$(durable input |
  durable map --array empty -- echo)"
