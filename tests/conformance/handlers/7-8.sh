#!/bin/sh
# An answer from outside, in a child context.
set -eu
name=$(durable input -r)
durable result "$(durable child wrapper -- \
  durable wait-for-callback --json -r "$name" -- true)"
