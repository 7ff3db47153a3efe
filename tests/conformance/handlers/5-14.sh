#!/bin/sh
# One invoke, then another.
set -eu
first=$(durable invoke first echo --payload '"one"')
durable result --json "$(durable invoke second echo --payload "$first")"
