#!/bin/sh
# No answer comes in time, and that is caught.
set -eu
name=$(durable input -r)
answer=$(durable wait-for-callback --timeout 3s "$name" -- true) ||
  answer=timed-out-handled
durable result "$answer"
