#!/bin/sh
# A heartbeat keeps the operation alive until the answer comes.
set -eu
name=$(durable input -r)
durable result "$(durable wait-for-callback --heartbeat-timeout 10s \
  --json -r "$name" -- true)"
