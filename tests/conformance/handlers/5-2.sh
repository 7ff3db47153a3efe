#!/bin/sh
# An invoke that is named by the input.
set -eu
name=$(durable input -r .name)
payload=$(durable input .payload)
durable result --json "$(durable invoke --json --payload "$payload" \
  "$name" echo)"
