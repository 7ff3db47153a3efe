#!/bin/sh
# A step whose error its retry strategy does not try again.
set -eu
durable step --no-retry-on '*TransientError' -- \
  durable fail --type TransientError 'down for now'
