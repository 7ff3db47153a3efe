#!/bin/sh
# An invoke in a child context.
set -eu
durable result --json "$(durable child --json calling -- \
  durable invoke --json call echo --payload '"inner"')"
