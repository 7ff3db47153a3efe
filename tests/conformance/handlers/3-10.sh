#!/bin/sh
# A child context with a step and a wait.
set -eu
body='
  value=$(durable step -- echo "$1")
  durable wait 1s
  echo "$value"
'
value=$(durable input -r)
durable result "$(durable child mixed -- sh -euc "$body" body "$value")"
