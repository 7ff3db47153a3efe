#!/bin/sh
# A step that returns a nested object.
set -eu
input=$(durable input)
response=$(printf '%s' "$input" |
  durable step --json --stdin -- jq '{user: ., count: (.tags | length)}')
durable result --json "$response"
