#!/bin/sh
# A step fails in a child context, and nobody catches it.
set -eu
durable child failing -- \
  durable step --no-retry -- durable fail --type ValueError 'no good'
