#!/bin/sh
# A step between creating a callback and awaiting it until it times out.
set -eu
name=$(durable input -r)
durable callback create --timeout 5s "$name" >&2
durable step announce -- echo 'waiting for an answer'
durable callback wait "$name"
