#!/bin/sh
# The first branch fails, which ends the operation and then the handler.
set -eu
durable parallel -j 1 --tolerated-failure-count 0 throwing \
  --branch -- durable fail 'first is down' \
  --branch -- echo second
