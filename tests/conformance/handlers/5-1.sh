#!/bin/sh
# An invoke returns what it was given.
set -eu
input=$(durable input)
durable result --json "$(durable invoke --json call echo --payload "$input")"
