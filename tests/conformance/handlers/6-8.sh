#!/bin/sh
# A condition's check that fails, caught.
set -eu
durable wait-for-condition -- sh -c 'exit 3' || durable result recovered
