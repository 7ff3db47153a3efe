#!/bin/sh
# Branches that return a string, a number and an object.
set -eu
durable result --json "$(durable parallel --array --json -j 1 hetero \
  --branch -- echo '"hello"' \
  --branch -- echo 42 \
  --branch -- echo '{"k": "v"}')"
