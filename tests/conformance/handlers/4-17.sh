#!/bin/sh
# One callback, then another.
set -eu
a=$(durable input -r '.[0]')
b=$(durable input -r '.[1]')
durable callback create "$a" >&2
first=$(durable callback wait --json -r "$a")
durable callback create "$b" >&2
second=$(durable callback wait --json -r "$b")
durable result --arg first="$first" --arg second="$second"
