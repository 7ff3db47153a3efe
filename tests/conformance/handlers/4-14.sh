#!/bin/sh
# The timeout of a callback is caught, before and after a wait.
set -eu
name=$(durable input -r)
durable callback create --timeout 3s "$name" >&2
answer=$(durable callback wait --json -r "$name") ||
  answer=$(durable error -r "$name" .ErrorType)
durable wait 2s
durable result "$answer"
