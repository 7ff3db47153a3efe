#!/bin/sh
# A child context with one step.
set -eu
value=$(durable input -r)
durable result "$(durable child -- durable step -- echo "$value")"
