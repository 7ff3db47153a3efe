#!/bin/sh
# A child context that only logs: it is not run again on the replay.
set -eu
body='
  durable log --always "$1"
  echo "$1"
'
value=$(durable input -r)
value=$(durable child logging -- sh -euc "$body" body "$value")
durable wait 1s
durable result "$value"
