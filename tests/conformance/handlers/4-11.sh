#!/bin/sh
# A callback times out during a wait: that shows at its await alone.
set -eu
name=$(durable input -r)
durable callback create --timeout 3s "$name" >&2
durable wait 6s
durable callback wait "$name"
