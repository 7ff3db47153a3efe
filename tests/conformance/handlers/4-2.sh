#!/bin/sh
# A callback with a name of its own.
set -eu
id=$(durable callback create approval)
durable result "$(durable callback wait --json -r "$id")"
