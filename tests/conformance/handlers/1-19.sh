#!/bin/sh
# A step that always fails, without retries.
set -eu
durable step --no-retry -- durable fail --type ValueError 'always'
