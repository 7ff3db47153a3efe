#!/bin/sh
# A child context that is named by the input.
set -eu
name=$(durable input -r .name)
value=$(durable input -r .value)
durable result "$(durable child "$name" -- durable step -- echo "$value")"
