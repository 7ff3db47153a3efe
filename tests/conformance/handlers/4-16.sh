#!/bin/sh
# A callback's answer is a number.
set -eu
name=$(durable input -r)
durable callback create "$name" >&2
count=$(durable callback wait --decode 'tr -cd 0-9' "$name")
durable result --json "{\"count\": $count, \"doubled\": $((count * 2))}"
