#!/bin/sh
# An invoke whose result is taken from its text by a command of ours.
set -eu
input=$(durable input)
durable result "$(durable invoke --decode 'tr a-z A-Z' --payload "$input" \
  call echo)"
