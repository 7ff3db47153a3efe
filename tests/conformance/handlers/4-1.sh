#!/bin/sh
# A callback that is created and awaited.
set -eu
name=$(durable input -r)
durable callback create "$name" >&2
durable result "$(durable callback wait --json -r "$name")"
