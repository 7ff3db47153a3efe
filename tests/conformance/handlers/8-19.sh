#!/bin/sh
# A concurrency of 0 is refused.
set -eu
durable parallel --max-concurrency 0 bad-concurrency \
  --branch -- echo b0 \
  --branch -- echo b1
