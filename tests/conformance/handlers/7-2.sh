#!/bin/sh
# An answer from outside, in an operation with a name of its own.
set -eu
durable result "$(durable wait-for-callback --json -r approval -- true)"
