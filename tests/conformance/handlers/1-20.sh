#!/bin/sh
# A failed step is caught, a second one gives the fallback.
set -eu
if ! value=$(durable step --no-retry -- durable fail 'primary is down'); then
  value=$(durable step -- echo fallback_result)
fi
durable result "$value"
