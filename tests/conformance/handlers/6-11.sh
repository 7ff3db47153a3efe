#!/bin/sh
# A state with a serializer of its own.
set -eu
append='s=$(cat)x; echo "$s"; [ "${#s}" -ge 2 ]'
durable result "$(durable wait-for-condition --poll-delay 1s \
  --encode 'printf ENC:; cat' --decode 'sed s/^ENC://' -- sh -uc "$append")"
