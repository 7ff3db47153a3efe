#!/bin/sh
# A child context with a result that is too large to be recorded: its body is
# run again on the replay after the wait.
set -eu
body='
  durable log --always "$1"
  small=$(durable step small -- echo x)
  head -c 300000 /dev/zero | tr "\\0" "$small"
'
value=$(durable input -r)
large=$(durable child large -- sh -euc "$body" body "$value")
durable wait 1s
durable result "${#large}"
