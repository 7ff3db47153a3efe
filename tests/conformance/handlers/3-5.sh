#!/bin/sh
# A step fails in a child context; a step after it makes up for that.
set -eu
value=$(durable input -r)
durable child -- durable step --no-retry -- durable fail 'no good' ||
  value=$(durable step recover -- echo "$value")
durable result "$value"
