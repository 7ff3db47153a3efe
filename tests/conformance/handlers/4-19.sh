#!/bin/sh
# Two callbacks, awaited in the other order.
set -eu
a=$(durable input -r '.[0]')
b=$(durable input -r '.[1]')
durable callback create "$a" >&2
durable callback create "$b" >&2
second=$(durable callback wait --json -r "$b")
first=$(durable callback wait --json -r "$a")
durable result --arg first="$first" --arg second="$second"
