#!/bin/sh
# An invoke of null returns null.
set -eu
durable result --json "$(durable invoke --json call echo --payload null)"
