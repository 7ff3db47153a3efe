#!/bin/sh
# An answer from outside.
set -eu
name=$(durable input -r)
durable result "$(durable wait-for-callback --json -r "$name" -- true)"
