#!/bin/sh
# An invoke with a payload that no argument could hold.
set -eu
large=$(head -c 200000 /dev/zero | tr '\0' x)
answer=$(printf '"%s"' "$large" | durable invoke --json call echo --payload -)
durable result --json "${#answer}"
