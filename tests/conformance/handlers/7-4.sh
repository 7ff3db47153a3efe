#!/bin/sh
# The answer is a failure, and nobody catches it.
set -eu
name=$(durable input -r)
durable wait-for-callback "$name" -- true
