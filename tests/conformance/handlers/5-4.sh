#!/bin/sh
# An invoke of null returns null.
set -eu
durable result --json "$(durable invoke call echo --payload null)"
