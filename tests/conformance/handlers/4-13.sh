#!/bin/sh
# The failure of a callback is caught, before and after a wait.
set -eu
name=$(durable input -r)
durable callback create "$name" >&2
answer=$(durable callback wait --json -r "$name") ||
  answer=$(durable error -r "$name" .ErrorMessage)
durable wait 2s
durable result "$answer"
