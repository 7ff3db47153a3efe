#!/bin/sh
# A callback fails during a wait: that shows at its await alone.
set -eu
name=$(durable input -r)
durable callback create "$name" >&2
durable wait 5s
durable callback wait "$name"
