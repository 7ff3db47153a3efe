#!/bin/sh
# A condition's check that fails.
set -eu
durable wait-for-condition -- sh -c 'echo "cannot look" >&2; exit 3'
