#!/bin/sh
# A child context with a serializer of its own.
set -eu
value=$(durable input -r)
durable result "$(durable child --encode 'tr a-z A-Z' --decode cat loud -- \
  durable step -- echo "$value")"
