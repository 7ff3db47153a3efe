#!/bin/sh
# A callback that times out, as no heartbeat comes.
set -eu
name=$(durable input -r)
durable callback create --heartbeat-timeout 5s "$name" >&2
durable callback wait "$name"
