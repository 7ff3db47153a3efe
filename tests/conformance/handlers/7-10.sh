#!/bin/sh
# A wait, a step, an answer from outside.
set -eu
name=$(durable input -r)
durable wait 1s
durable step -- echo fixed >&2
durable result "$(durable wait-for-callback --json -r "$name" -- true)"
