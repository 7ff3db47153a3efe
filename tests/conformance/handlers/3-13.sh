#!/bin/sh
# A child context with only a wait, then a step outside of it.
set -eu
body='
  durable wait 1s
  echo "$1"
'
value=$(durable input -r)
value=$(durable child waiting -- sh -euc "$body" body "$value")
durable result "$(durable step -- echo "$value")"
