#!/bin/sh
# A callback that a heartbeat keeps alive.
set -eu
name=$(durable input -r)
durable callback create --heartbeat-timeout 10s "$name" >&2
durable result "$(durable callback wait --json -r "$name")"
