#!/bin/sh
# One invoke, then another.
set -eu
first=$(durable invoke --json first echo --payload '"one"')
durable result --json "$(durable invoke --json second echo --payload "$first")"
