#!/bin/sh
# A step that returns null.
set -eu
durable result --json "$(durable step --json -- echo null)"
