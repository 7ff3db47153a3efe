#!/bin/sh
# A step between creating a callback and awaiting its failure.
set -eu
name=$(durable input -r)
durable callback create "$name" >&2
durable step announce -- echo 'waiting for an answer'
durable callback wait "$name"
