#!/bin/sh
# A step, then an invoke of what it has returned.
set -eu
value=$(durable step --json -- echo '{"from": "step"}')
durable result --json "$(durable invoke --json call echo --payload "$value")"
