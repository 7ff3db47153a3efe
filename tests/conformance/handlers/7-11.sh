#!/bin/sh
# The answer is an object.
set -eu
name=$(durable input -r)
durable result "$(durable wait-for-callback --jq .status -r "$name" -- true)"
